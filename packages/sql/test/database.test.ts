import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Gate, type Storage } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlApprovals } from '../src/approvals.js'
import { SqlAudit } from '../src/audit.js'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { toStoreError } from '../src/errors.js'
import { SqlSessions } from '../src/sessions.js'
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

test('a prefix that SQLite keeps for its own tables is refused as unsupported', async () => {
  const opening = connect({ url: `sqlite:${join(dir, 'other.db')}`, prefix: 'sqlite_', schema: 'migrate' })
  await expect(opening).rejects.toMatchObject({
    code: 'unsupported',
    retryable: false,
    message: expect.stringContaining('give another prefix'),
  })
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

const large = 'x'.repeat(3_000_000)
test.each<[string, (limited: Storage) => Promise<unknown>]>([
  ['spans', ({ traces }) => traces.write([{ ...spanOf(traceIdOf(3), 1), output: large }])],
  [
    'many spans',
    ({ traces }) => traces.write(times(500, (n) => ({ ...spanOf(traceIdOf(3), n), output: 'x'.repeat(20_000) }))),
  ],
  ['a session', ({ sessions }) => sessions.save({ id: 's', type: 'agent', state: { large } })],
  ['an approval', ({ approvals }) => approvals.request({ args: { large } })],
  [
    'entries',
    ({ audit }) =>
      audit.append(times(4, (n) => ({ actor: 'ada', action: `a${n}`, data: { large: 'x'.repeat(900_000) } }))),
  ],
])('%s that the quota has no room for are told as such, though SQLite rolls them back itself', async (_, write) => {
  const limited = await connectLimited(`sqlite:${file}`)
  await expect(write(limited.storage)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  await limited.lift()
  await write(limited.storage)
  await limited.storage.close()
})

test.each([
  ['08P01', 'no such user: bob'],
  ['XX000', 'Tenant or user not found'],
])('what a pooler says of a user (%s: %s) is told of an append as of every call', async (code, message) => {
  const dialect = dialectOf('postgres://db/agents')
  const knex = dialectOf(`sqlite:${file}`).connect(`sqlite:${file}`, { create: false })
  const db = new Database(knex, dialect, 'freehold_')
  vi.spyOn(db, 'transaction').mockImplementation(() => Promise.reject(Object.assign(new Error(message), { code })))
  const audit = new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db))
  const failure: unknown = await audit.append([{ actor: 'ada', action: 'a' }]).catch((error: unknown) => error)
  await knex.destroy()
  expect(toStoreError(dialect, failure)).toMatchObject({ code: 'unavailable', retryable: false })
})

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

/** A store whose only connection may not grow the file beyond a few pages, until `lift`. */
async function connectLimited(url: string): Promise<{ storage: Storage; lift(): Promise<void> }> {
  const dialect = dialectOf(url)
  const db = new Database(dialect.connect(url, { pool: 1, create: true }), dialect, 'freehold_')
  await db.knex.raw('pragma max_page_count = 60')
  const gate = new Gate((error) => toStoreError(dialect, error))
  const limited = {
    ...storage,
    traces: gate.guard(new SqlTraces(db, 'default')),
    sessions: gate.guard(new SqlSessions(db, 'default')),
    approvals: gate.guard(new SqlApprovals(db, 'default')),
    audit: gate.guard(new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db))),
    close: () => gate.close(() => db.knex.destroy()),
  }
  return { storage: limited, lift: async () => void (await db.knex.raw('pragma max_page_count = 100000')) }
}
