import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import type { Dialect } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'

const URL = 'sqlite::memory:'
const SQLITE = dialectOf(URL)
const opened: Database[] = []

/** A database of a pool of so many connections, whose waiting line bears 50 ms. */
function databaseOf(pool: number, rest: Partial<Dialect> = {}): Database {
  const knex = SQLITE.connect(URL, { pool: 1, create: true })
  knex.client.pool.max = pool
  const db = new Database(knex, { ...SQLITE, oneWriter: false, ...rest }, 'freehold_', 50)
  opened.push(db)
  return db
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ knex }) => knex.destroy()))
})

const never = () => new Promise<never>(() => undefined)

describe('who waits for a connection that does not come free', () => {
  test.each([
    [1, 'the one connection of the pool is busy, and did not come free'],
    [2, 'all 2 connections of the pool are busy, and none came free'],
  ])('of %d is told so', async (pool, busy) => {
    const db = databaseOf(pool)
    for (let n = 0; n < pool; n++) void db.read(never)
    await expect(db.read(never)).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
      message: `${busy} for 0.05 s; see what they wait for in the database, give it a greater \`pool\`, or try again`,
    })
  })

  test('for a write, where there is one writer, is told so', async () => {
    const db = databaseOf(2, { oneWriter: true })
    let end: () => void = () => undefined
    let busy: Promise<void> | undefined
    // On a busy machine it takes longer to begin than the other bears.
    await new Promise<void>((begun) => {
      busy = db.transaction(() => {
        begun()
        return new Promise<void>((resolve) => (end = resolve))
      })
    })
    await expect(db.transaction(never)).rejects.toMatchObject({
      code: 'timeout',
      message:
        'writes take turns, and none could be done for 0.05 s; see what else writes to the database, or try again',
    })
    end()
    await busy
  })
})

describe('whoever waits bears it', () => {
  /** What becomes of one who waits while others fail so, one after another, for longer than he bears. */
  async function waiting(code: string): Promise<unknown> {
    const db = databaseOf(1, { classify: () => ({ code }) as never })
    const fails = () => sleep(30).then(() => Promise.reject(new Error('failed')))
    const others = [1, 2, 3].map(() => db.read(fails).catch(() => 'failed'))
    const outcome = db.read(async () => 'done').catch((error: Error) => error.message)
    await Promise.all(others)
    return outcome
  }

  test.each(['internal', 'invalid', 'already_exists'])('while the database answers, if only with %s', async (code) => {
    expect(await waiting(code)).toBe('done')
  })

  test.each(['timeout', 'unavailable'])('not while all that comes is %s', async (code) => {
    expect(await waiting(code)).toMatch(/^the one connection of the pool is busy/)
  })
})

test('a day that cannot be made is judged by what that means', async () => {
  const made: string[] = []
  const db = databaseOf(1, {
    capabilities: { ...SQLITE.capabilities, dropsDays: true },
    classify: () => ({ code: 'internal' }),
    makeDay: async (_, table, day) => {
      made.push(`${table} ${day}`)
      throw new Error('no')
    },
  })
  await db.makeDays([Date.now()])
  const today = new Date().toISOString().slice(0, 10)
  expect(made[0]).toBe(`freehold_spans ${today}`)
  expect(new Set(made).size).toBe(4)
})

describe('rows are inserted in statements', () => {
  async function sizesOf(rows: readonly string[][], rest: Partial<Dialect> = {}): Promise<number[]> {
    const sizes: number[] = []
    const db = databaseOf(1, {
      insertNew: async (_, __, ___, chunk) => sizes.push(chunk.length) && chunk.length,
      ...rest,
    })
    expect(await db.insertValues(db.knex, 'sessions', ['tenant', 'id'], rows)).toBe(rows.length)
    return sizes
  }
  const rows = (count: number, text = 'x') => Array.from({ length: count }, () => ['t', text])

  test.each<[string, string[][], Partial<Dialect>, number[]]>([
    ['of 500', rows(1_001), {}, [500, 500, 1]],
    ['of as many values as may be bound', rows(7), { maxBindings: 7 }, [3, 3, 1]],
    ['of a million bytes', rows(5, 'x'.repeat(400_000)), {}, [2, 2, 1]],
    ['of exactly as many', rows(4, 'x'.repeat(499_999)), {}, [2, 2]],
    ['or of one row that has more', rows(3, 'x'.repeat(2_000_000)), {}, [1, 1, 1]],
    ['if there are any', [], {}, []],
  ])('%s', async (_, given, rest, sizes) => {
    expect(await sizesOf(given, rest)).toEqual(sizes)
  })
})
