import { expect, test } from 'vitest'
import { MongoAudit, newProcess, type ProcessAudit } from '../src/audit.js'
import { Database } from '../src/database.js'

/** No command reaches a server. */
class Unreachable extends Database {
  override async insertNew(): Promise<never> {
    throw new Error('no server')
  }
}

const db = new Unreachable(() => expect.fail('no command is sent'), 'freehold_')
const append = (tenant: string, process: ProcessAudit) =>
  new MongoAudit(db, tenant, process).append([{ actor: 'ada', action: 'looked' }]).catch(() => undefined)

test('a tenant that is only named leaves nothing behind in its process', () => {
  const process = newProcess()
  for (let n = 0; n < 10_000; n++) new MongoAudit(db, `tenant-${n}`, process)
  expect(process.writers.size).toBe(0)
})

test('the appends of one tenant share one writer, whoever named it', async () => {
  const process = newProcess()
  await append('acme', process)
  const writer = process.writers.get('acme')
  await append('acme', process)
  expect(writer).toBeDefined()
  expect(process.writers.get('acme')).toBe(writer)
})

test('of very many tenants a process forgets those that appended longest ago', async () => {
  const process = newProcess()
  for (let n = 0; n < 1000; n++) await append(`tenant-${n}`, process)
  await append('tenant-0', process)
  await append('acme', process)
  expect(process.writers.size).toBe(1000)
  expect(process.writers.has('tenant-0')).toBe(true)
  expect(process.writers.has('tenant-1')).toBe(false)
})
