import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@freehold/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { isAtLeast, refuseDatabase } from '../src/dialects/opening.js'
import { afterCreate } from '../src/dialects/sqlite-client.js'
import { storedTime } from '../src/dialects/stored.js'

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

describe('a dialect', () => {
  test.each([
    ['sqlite:a.db', 'SQLite'],
    ['SQLITE:a.db', 'SQLite'],
    ['postgres://db/a', 'PostgreSQL'],
    ['postgresql://db/a', 'PostgreSQL'],
    ['mysql://db/a', 'MySQL'],
    ['MariaDB://db/a', 'MySQL'],
  ])('is that of the scheme of %s', (url, name) => {
    expect(dialectOf(url).name).toBe(name)
  })

  test.each(['', 'a.db', '/sqlite:a.db', 'xsqlite:a', ' sqlite:a', '1:a', 'constructor:a', '__proto__:a', 'file:a.db'])(
    '%j has none that is known, and is told which are',
    (url) => {
      expect(() => dialectOf(url)).toThrow(
        expect.objectContaining({
          code: 'invalid',
          problems: [{ field: 'url', message: expect.stringMatching(/^(has no known scheme|begins or ends)/) }],
        }),
      )
    },
  )

  test('that is not known is told with all that are', () => {
    const told =
      'has no known scheme; begin it with sqlite:, sqlite3:, better-sqlite3:, postgres:, postgresql:, mysql:, mariadb:'
    expect(() => dialectOf('oracle://db/a')).toThrow(told)
  })

  test('of a database in memory is of one process', () => {
    const isShared = (url: string) => dialectOf(url).capabilities.sharedBetweenProcesses
    expect([isShared('sqlite:a.db'), isShared('sqlite::memory:')]).toEqual([true, false])
  })
})

describe('a new connection to SQLite', () => {
  afterEach(() => void vi.useRealTimers())

  /** What becomes of a connection whose statements fail so, one after another, and then no more. */
  async function outcomeOf(codes: readonly (string | undefined)[], forEver?: string) {
    vi.useFakeTimers()
    const asked: string[] = []
    const left = [...codes]
    const exec = (sql: string, done: (error: Error | null) => void) => {
      asked.push(sql)
      const code = left.length > 0 ? left.shift() : forEver
      done(code === undefined ? null : Object.assign(new Error(code), { code }))
    }
    const made = new Promise<unknown>((resolve) => afterCreate({ exec }, (error) => resolve(error)))
    const outcome = made.then((error) => (error as { code?: string } | undefined)?.code ?? 'ready')
    await vi.advanceTimersByTimeAsync(10_000)
    return { outcome: await outcome, asked: asked.length }
  }

  test.each([
    ['is ready after four settings', [], { outcome: 'ready', asked: 4 }],
    ['tries again what another process is in the way of', [undefined, 'SQLITE_BUSY'], { outcome: 'ready', asked: 5 }],
    ['tries again what is locked', [undefined, 'SQLITE_LOCKED'], { outcome: 'ready', asked: 5 }],
    ['to a file that may only be read goes without', [undefined, 'SQLITE_READONLY'], { outcome: 'ready', asked: 4 }],
    ['fails with anything else', [undefined, 'SQLITE_NOTADB'], { outcome: 'SQLITE_NOTADB', asked: 2 }],
  ] as const)('%s', async (_, codes, expected) => {
    expect(await outcomeOf(codes)).toEqual(expected)
  })

  test('gives up in the end', async () => {
    const { outcome, asked } = await outcomeOf([], 'SQLITE_BUSY')
    // Five seconds, of pauses of 5 to 25 ms.
    expect([outcome, asked > 190, asked < 1_010]).toEqual(['SQLITE_BUSY', true, true])
  })
})

test.each([
  ['10.11.2', [10, 11, 2], true],
  ['10.11.2', [10, 11, 3], false],
  ['10.11.2', [10, 12], false],
  ['10.11.2', [10, 10, 9], true],
  ['10.11.2', [9, 99, 99], true],
  ['10.11', [10, 11, 0], true],
  ['10', [10, 1], false],
  ['10.11.2-MariaDB-log', [10, 11, 2], true],
  ['10..11', [10, 11], true],
])('version %s is at least %j: %s', (version, least, is) => {
  expect(isAtLeast(version, least)).toBe(is)
})

test('what a database cannot keep is told all at once', () => {
  expect(() => refuseDatabase('SQLite', [])).not.toThrow()
  expect(() => refuseDatabase('SQLite', ['one; a', 'two; b'])).toThrow(
    new StoreError('unsupported', 'SQLite: one; a; and two; b'),
  )
})

test('a time that is none was changed by others', () => {
  expect(storedTime('2026-11-29T10:00:00.000123Z')).toBeCloseTo(Date.parse('2026-11-29T10:00:00Z') + 0.123, 3)
  expect(() => storedTime('soon')).toThrow(/a time/)
})

describe('a file of SQLite', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freehold-dialect-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  const at = (name: string) => `sqlite:${join(dir, name)}`
  const connectTo = (url: string, create: boolean | 'later') => dialectOf(url).connect(url, { create })

  test('that is not there is refused to whoever makes none', () => {
    expect(() => connectTo(at('none.db'), false)).toThrow(/there is no such file/)
  })

  test('is append-only with all its triggers, and where its table is not there yet', async () => {
    await writeFile(join(dir, 'a.db'), '')
    const dialect = dialectOf(at('a.db'))
    const knex = connectTo(at('a.db'), false)
    expect(await dialect.isAppendOnly(knex, 'entries')).toBe(true)
    await knex.raw('create table "entries" ("id" text primary key)')
    expect(await dialect.isAppendOnly(knex, 'entries')).toBe(false)
    for (const statement of dialect.appendOnly({ name: 'entries', columns: ['id'], keys: [['id']] }))
      await knex.raw(statement)
    expect(await dialect.isAppendOnly(knex, 'entries')).toBe(true)
    await knex.raw('drop trigger "entries_no_replace"')
    expect(await dialect.isAppendOnly(knex, 'entries')).toBe(false)
    await knex.destroy()
  })

  test('has an identity of its own, and every one in memory another', () => {
    const { identityOf } = dialectOf('sqlite::memory:')
    expect(identityOf(at('a.db'))).toBe(identityOf(at(`../${dir.split('/').at(-1)}/a.db`)))
    expect(identityOf('sqlite::memory:')).not.toBe(identityOf('sqlite::memory:'))
  })
})
