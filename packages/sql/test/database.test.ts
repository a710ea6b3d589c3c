import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { toStoreError } from '../src/errors.js'
import { Gate } from '../src/gate.js'
import { SqlTraces } from '../src/traces.js'
import { spanOf, traceIdOf } from './spans.js'
import { execute, query } from './sqlite-file.js'

let dir: string
let file: string
let storage: Storage

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freehold-'))
  file = join(dir, 'store.db')
  storage = await connect({ url: `sqlite:${file}`, schema: 'migrate' })
})

afterEach(async () => {
  await storage.close()
  await rm(dir, { recursive: true })
})

test('the database itself refuses to change an audit entry', async () => {
  await storage.audit.append([{ actor: 'ada', action: 'refund.approved' }])
  await expect(execute(file, `update freehold_audit set actor = 'eve'`)).rejects.toThrow(/never changed/)
})

test('the database itself refuses to delete an audit entry', async () => {
  await storage.audit.append([{ actor: 'ada', action: 'refund.approved' }])
  await expect(execute(file, 'delete from freehold_audit')).rejects.toThrow(/never changed/)
})

test('a shape is readable as plain typed columns through a view named after it', async () => {
  const anything = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }
  await storage.audit.define({
    name: 'refund',
    schema: anything,
    columns: { amountCents: 'integer', currency: 'text', urgent: 'boolean' },
  })
  await storage.audit.append([
    { actor: 'ada', action: 'refund', shape: 'refund', data: { amountCents: 1250, currency: 'EUR', urgent: true } },
  ])
  const rows = await query(file, 'select actor, amount_cents, currency, urgent from freehold_audit_refund')
  expect(rows).toEqual([{ actor: 'ada', amount_cents: 1250, currency: 'EUR', urgent: 1 }])
})

test('times are text that the date functions of SQLite understand', async () => {
  await storage.traces.write([spanOf(traceIdOf(1), 0)])
  const [row] = await query(file, `select started_at, strftime('%Y', started_at) as year from freehold_traces`)
  expect(row).toEqual({ started_at: '2025-11-17T14:55:18.786123Z', year: '2025' })
})

test('journal mode is WAL, so readers never wait for a writer', async () => {
  expect(await query(file, 'pragma journal_mode')).toEqual([{ journal_mode: 'wal' }])
})

test('a foreign program that holds the write lock delays a write and does not fail it', async () => {
  const blocker = await connect({ url: `sqlite:${file}` })
  const lots = Array.from({ length: 5_000 }, (_, n) => spanOf(traceIdOf(1), n))
  const [, result] = await Promise.all([blocker.traces.write(lots), storage.traces.write([spanOf(traceIdOf(2), 0)])])
  await blocker.close()
  expect(result.written).toBe(1)
})

test('a file that is no database is refused with an error of the store', async () => {
  const other = join(dir, 'notes.db')
  await writeFile(other, 'this is not a database, just a text file'.repeat(50))
  await expect(connect({ url: `sqlite:${other}` })).rejects.toMatchObject({ name: 'StoreError', code: 'internal' })
})

test('the disk quota that is reached is unavailable, and the same store works when there is room again', async () => {
  const url = `sqlite:${file}`
  const full = Array.from({ length: 500 }, (_, n) => ({ ...spanOf(traceIdOf(3), n), output: 'x'.repeat(5_000) }))
  const limited = await connectLimited(url)
  await expect(limited.storage.traces.write(full)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  await limited.lift()
  const result = await limited.storage.traces.write(full)
  await limited.storage.close()
  expect(result.written).toBe(500)
})

/** A store whose only connection may not grow the file beyond a few pages, until `lift`. */
async function connectLimited(url: string): Promise<{ storage: Storage; lift(): Promise<void> }> {
  const dialect = dialectOf(url)
  const db = new Database(dialect.connect(url, 1), dialect, 'freehold_')
  await db.knex.raw('pragma max_page_count = 60')
  const gate = new Gate((error) => toStoreError(dialect, error))
  const limited = {
    ...storage,
    traces: gate.guard(new SqlTraces(db, 'default')),
    close: () => gate.close(() => db.knex.destroy()),
  }
  return { storage: limited, lift: async () => void (await db.knex.raw('pragma max_page_count = 100000')) }
}
