import { canonicalJson, type SpanInput, type Storage, sha256 } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import type { Document } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { Database } from '../src/database.js'
import { MIGRATIONS } from '../src/migrations/index.js'
import { createCollection, history } from '../src/schema.js'
import { PREFIX } from './cut-stores.js'
import { givenDatabase } from './given-database.js'
import { databaseUrl, dropDatabase, newName, SERVER, withDatabase } from './server.js'

const UPGRADED = ['traces', 'sessions'] as const
const FIRST = UPGRADED.flatMap((domain) => MIGRATIONS[domain][0]!.collections)
const TRACES = 6

/** Spans of a trace, one of which runs. */
const told = (trace: number): SpanInput[] =>
  Array.from({ length: 4 }, (_, n) => ({
    ...spanOf(traceIdOf(trace), 10 * trace + n),
    userId: `user ${n}`,
    ...(n === 3 ? { endedAt: undefined } : {}),
  }))

async function tellAll({ traces, sessions }: Storage): Promise<void> {
  for (let trace = 1; trace <= TRACES; trace++) await traces.write(told(trace))
  await sessions.save({ id: 's', type: 'agent', metadata: { release: '1.4' } })
  for (const n of [1, 2, 3]) await sessions.appendRun({ id: `s${n}`, sessionId: 's', startedAt: 1_000 * n })
}

/** All that readers see. */
async function seen({ traces, sessions }: Storage) {
  return {
    whole: [await traces.get(traceIdOf(1)), await traces.get(traceIdOf(TRACES))],
    found: await traces.find(),
    sessions: [await sessions.list(), await sessions.get('s')],
    runs: await sessions.runs(),
  }
}

/** The documents that this build writes where no label is told, which are those of the build before; and what is seen of them. */
async function documentsOf(tell: (storage: Storage) => Promise<unknown>) {
  const name = newName()
  const url = databaseUrl(name)
  const storage = await connect({ url, schema: 'migrate' })
  try {
    await tell(storage)
    const expected = await seen(storage)
    const documents = await withDatabase(url, async (db) => {
      const found = new Map<string, Document[]>()
      for (const { name } of FIRST)
        found.set(
          PREFIX + name,
          await db
            .collection(PREFIX + name)
            .find()
            .toArray(),
        )
      return found
    })
    return { documents, expected }
  } finally {
    await storage.close()
    await dropDatabase(name)
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const insert = (documents: ReadonlyMap<string, readonly Document[]>) =>
    withDatabase(url, async (db) => {
      for (const [collection, some] of documents)
        if (some.length > 0) await db.collection(collection).insertMany([...some])
    })

  /** Puts back the schema to what the first migration made, with these documents in it. */
  async function putBack(documents: ReadonlyMap<string, readonly Document[]>): Promise<void> {
    for (const domain of UPGRADED) await storage.migrations.down(domain)
    await withDatabase(url, async (raw) => {
      const db = new Database(() => raw, PREFIX)
      for (const domain of UPGRADED) {
        const [{ name, collections }] = MIGRATIONS[domain] as [(typeof MIGRATIONS)['traces'][number]]
        for (const collection of [...collections, history(domain)]) await createCollection(db, collection)
        const row = { _id: name, checksum: sha256(canonicalJson(collections as never)), appliedAt: new Date() }
        await db.insertNew(history(domain).name, [row])
      }
    })
    await insert(documents)
  }

  const idsWith = async (labels: Record<string, string>) =>
    (await storage.traces.find({ labels })).items.map(({ traceId }) => traceId)

  test('a schema of the build before is refused with the remedy, and brought up to date with all that is in it', async () => {
    const { documents, expected } = await documentsOf(tellAll)
    await putBack(documents)
    await expect(connect({ url, schema: 'check' })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/older than this build; .*migrations\.up/),
    })
    expect((await storage.migrations.up()).map(({ domain, name }) => [domain, name])).toEqual(
      UPGRADED.map((domain) => [domain, '0002_labels']),
    )
    expect(await seen(storage)).toEqual(expected)
    const again = await storage.traces.write(told(1))
    expect([again.written, again.updated, again.duplicates]).toEqual([0, 0, 4])
  })

  test('what was stored before is given labels and found by them', async () => {
    const { documents } = await documentsOf(tellAll)
    await putBack(documents)
    await storage.migrations.up()
    const { traces, sessions } = storage
    await traces.write([{ ...told(2)[1]!, labels: { environment: 'prod' } } as SpanInput])
    await sessions.save({ id: 's', type: 'agent', labels: { tier: 1 } })
    await sessions.updateRun('s2', { labels: { release: '1.4' } })
    expect([
      await idsWith({ environment: 'prod' }),
      (await sessions.list({ labels: { tier: '1' } })).items.map(({ id }) => id),
      (await sessions.runs({ labels: { release: 1.4 } })).items.map(({ id }) => id),
    ]).toEqual([[traceIdOf(2)], ['s'], ['s2']])
  })

  test('processes of the build before write while it is brought up to date, and nothing is lost', async () => {
    const { documents } = await documentsOf(tellAll)
    const more = await documentsOf(async ({ traces }) => {
      for (let n = 0; n < 20; n++) await traces.write(told(100 + n))
    })
    await putBack(documents)
    await Promise.all([storage.migrations.up(), insert(more.documents)])
    expect((await storage.traces.find({}, { limit: 1000 })).items).toHaveLength(TRACES + 20)
  })

  test('what a process of the build before writes leaves labels', async () => {
    await storage.traces.write([{ ...told(1)[0]!, labels: { environment: 'prod', 'a.b': 1 } } as SpanInput])
    await storage.sessions.save({ id: 's', type: 'agent', labels: { tier: 1 } })
    await withDatabase(url, async (db) => {
      const revised = { $set: { name: 'another' }, $inc: { revision: 1 } }
      await db.collection(`${PREFIX}traces`).updateOne({ '_id.traceId': traceIdOf(1) }, revised)
      await db
        .collection(`${PREFIX}sessions`)
        .updateOne({ '_id.id': 's' }, { $set: { name: 'renamed' }, $inc: { version: 1 } })
    })
    await storage.traces.write([{ ...told(1)[1]!, labels: { release: '2' } } as SpanInput])
    expect([await idsWith({ environment: 'prod', 'a.b': '1' }), await idsWith({ release: '2' })]).toEqual([
      [traceIdOf(1)],
      [traceIdOf(1)],
    ])
    expect((await storage.sessions.list({ labels: { tier: '1' } })).items).toMatchObject([{ name: 'renamed' }])
  })

  test('going down and up again leaves nothing and works', async () => {
    const labelled = [{ ...told(1)[0]!, labels: { environment: 'prod' } } as SpanInput]
    await storage.traces.write(labelled)
    for (const domain of UPGRADED) await storage.migrations.down(domain)
    for (const domain of UPGRADED) await storage.migrations.up(domain)
    const gone = await idsWith({ environment: 'prod' })
    await storage.traces.write(labelled)
    expect([gone, await idsWith({ environment: 'prod' })]).toEqual([[], [traceIdOf(1)]])
  })
})
