import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Gate, type Storage } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { toStoreError } from '../src/errors.js'
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

test('INSERT OR REPLACE leaves an audit entry as it is', async () => {
  await storage.audit.append([{ actor: 'ada', action: 'refund.approved' }])
  await execute(file, `insert or replace into freehold_audit select * from freehold_audit`)
  expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
})

test('a file that is not there is not made by looking', async () => {
  const missing = join(dir, 'deep', 'typo.db')
  await expect(connect({ url: `sqlite:${missing}` })).rejects.toMatchObject({ code: 'unsupported' })
  expect(existsSync(join(dir, 'deep'))).toBe(false)
})

test('reading does not wait for a write of the same process', async () => {
  const lots = Array.from({ length: 3_000 }, (_, n) => spanOf(traceIdOf(1), n))
  const order: string[] = []
  await Promise.all([
    storage.traces.write(lots).then(() => order.push('write')),
    storage.sessions.list().then(() => order.push('read')),
  ])
  expect(order).toEqual(['read', 'write'])
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

test('a file that is no database is refused as unsupported, and stays as it is', async () => {
  const other = join(dir, 'notes.db')
  await writeFile(other, 'this is not a database, just a text file'.repeat(50))
  const refused = { name: 'StoreError', code: 'unsupported', retryable: false }
  await expect(connect({ url: `sqlite:${other}`, schema: 'migrate' })).rejects.toMatchObject(refused)
  expect(await readFile(other, 'utf8')).toContain('just a text file')
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
  const db = new Database(dialect.connect(url, { pool: 1, create: true }), dialect, 'freehold_')
  await db.knex.raw('pragma max_page_count = 60')
  const gate = new Gate((error) => toStoreError(dialect, error))
  const limited = {
    ...storage,
    traces: gate.guard(new SqlTraces(db, 'default')),
    close: () => gate.close(() => db.knex.destroy()),
  }
  return { storage: limited, lift: async () => void (await db.knex.raw('pragma max_page_count = 100000')) }
}
