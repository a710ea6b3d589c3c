import type { SpanInput } from '@freehold/contract'
import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoTraces } from '../src/traces.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

/** An announcement of a writer of 1970. */
const LONG_AGO = '00000000-0001-7000-8000-000000000000'

let name: string
let client: MongoClient
let db: Database
let traces: MongoTraces

const spansOf = (trace: number, ...numbers: number[]): SpanInput[] => numbers.map((n) => spanOf(traceIdOf(trace), n))
const failing = (spans: readonly SpanInput[]) => spans.map((span): SpanInput => ({ ...span, status: 'error' }))
const stored = (trace: number) => db.collection('traces').findOne({ '_id.traceId': traceIdOf(trace) })

/** What a process does with its spans, and with what it never comes to. */
class Dying extends Database {
  constructor(
    where: Database,
    private readonly meanwhile: () => Promise<unknown>,
    private readonly inserts: boolean,
  ) {
    super(() => where.db, where.prefix)
  }

  override async insertNew(...told: Parameters<Database['insertNew']>): Promise<number[]> {
    await this.meanwhile()
    if (this.inserts) await super.insertNew(...told)
    throw new Error('killed')
  }
}

/** Writes, and dies before or after its spans are inserted. What happens between its announcement and that is `meanwhile`. */
async function dies(side: 'before' | 'after', spans: SpanInput[], meanwhile = async (): Promise<unknown> => undefined) {
  const writer = new MongoTraces(new Dying(db, meanwhile, side === 'after'), 'default')
  await expect(writer.write(spans)).rejects.toThrow('killed')
}

async function everyListMatches(): Promise<void> {
  const { items } = await traces.find()
  const ids = new Set((await traces.spans()).items.map(({ traceId }) => traceId))
  expect(new Set(items.map(({ traceId }) => traceId))).toEqual(ids)
  for (const item of items) expect(item).toEqual((await traces.get(item.traceId))?.summary)
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['traces']).up()
    traces = new MongoTraces(db, 'default')
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  test('a new trace whose writer died before it counted is listed, by time and by what the batch told', async () => {
    await dies('after', spansOf(1, 1, 2))
    expect((await traces.find({ model: 'gpt-5', from: 1 })).items).toMatchObject([{ spans: 2, tokens: { prompt: 20 } }])
    await everyListMatches()
  })

  test('a known trace is listed with the spans whose writer died before it counted them', async () => {
    await traces.write(spansOf(1, 1))
    await dies('after', failing(spansOf(1, 2)))
    expect((await traces.find()).items).toMatchObject([{ spans: 2, status: 'error' }])
    await everyListMatches()
  })

  test("a trace that got no span is not listed, and takes nobody's place on a page", async () => {
    for (const n of [1, 3, 5, 7]) await traces.write(spansOf(n, n))
    for (const n of [2, 4, 6, 8, 9, 10]) await dies('before', spansOf(n, n))
    const first = await traces.find({}, { limit: 2 })
    const second = await traces.find({}, { limit: 2, after: first.next })
    const numbers = (items: readonly { traceId: string }[]) => items.map(({ traceId }) => Number(`0x${traceId}`))
    expect([numbers(first.items), numbers(second.items), second.next]).toEqual([[7, 5], [3, 1], undefined])
  })

  test('a reader leaves the announcement of a writer that may be at work where it is', async () => {
    await traces.write(spansOf(1, 1))
    await dies('after', spansOf(1, 2))
    const before = await stored(1)
    await traces.find()
    await traces.get(traceIdOf(1))
    expect(await stored(1)).toEqual(before)
  })

  test('a reader counts the trace of a writer that is dead for sure', async () => {
    await traces.write(spansOf(1, 1))
    await dies('after', spansOf(1, 2))
    await db.collection('traces').updateOne({ '_id.traceId': traceIdOf(1) }, { $set: { writing: [LONG_AGO] } })
    await traces.find()
    expect(await stored(1)).toMatchObject({ writing: [], spans: 2 })
  })

  test('a reader takes away what a writer announced that is dead for sure and came to no span', async () => {
    await dies('before', spansOf(1, 1))
    await db.collection('traces').updateOne({ '_id.traceId': traceIdOf(1) }, { $set: { writing: [LONG_AGO] } })
    expect((await traces.find()).items).toEqual([])
    expect(await stored(1)).toBeNull()
  })

  test('a writer whose trace a reader took away, by a clock far ahead, announces it again', async () => {
    class Slow extends Database {
      override async insertNew(...told: Parameters<Database['insertNew']>): Promise<number[]> {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
        await traces.find()
        vi.useRealTimers()
        expect(await stored(1)).toBeNull()
        return super.insertNew(...told)
      }
    }
    await new MongoTraces(new Slow(() => db.db, db.prefix), 'default').write(spansOf(1, 1, 2))
    expect(await stored(1)).toMatchObject({ spans: 2, writing: [] })
    await everyListMatches()
  })

  test('spans that are inserted after another counted anew are not lost when their writer dies, and none counts twice', async () => {
    await traces.write(spansOf(1, 1))
    const late = spansOf(1, 2, 3)
    await dies('after', late, () => traces.write(failing(spansOf(1, 1))))
    await everyListMatches()
    await traces.write(late)
    expect(await stored(1)).toMatchObject({ spans: 3, status: 'error' })
    await everyListMatches()
  })

  test('a writer that was slow counts anew when another did so after it inserted', async () => {
    await traces.write(spansOf(1, 1))
    class Slow extends Database {
      override async insertNew(...told: Parameters<Database['insertNew']>): Promise<number[]> {
        const taken = await super.insertNew(...told)
        await traces.write(failing(spansOf(1, 1)))
        return taken
      }
    }
    await new MongoTraces(new Slow(() => db.db, db.prefix), 'default').write(spansOf(1, 2, 3))
    expect(await stored(1)).toMatchObject({ spans: 3, writing: [], anew: [] })
    await everyListMatches()
  })
})
