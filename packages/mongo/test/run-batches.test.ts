import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoSessions } from '../src/sessions.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

/** How long a holder is waited for, in milliseconds. */
const HELD = 50

let name: string
let client: MongoClient
let db: Database
let sessions: MongoSessions

const seqs = async () => (await sessions.runs({ sessionId: 's' })).items.map(({ id, seq }) => [seq, id])

/** What a writer of several runs left that died before they were counted. */
async function leave(batch: string, { holds }: { holds: boolean }): Promise<void> {
  const { life } = (await db.collection('sessions').findOne({ '_id.id': 's' }))!
  const [row] = await db.find('runs', { '_id.id': 'first' })
  const left = ['x', 'y'].map((id, i) => ({ ...row, _id: { tenant: 'default', id }, seq: 2 + i, life, batch }))
  await db.collection('runs').insertMany(left as never)
  if (holds) await db.collection('sessions').updateOne({ '_id.id': 's' }, { $set: { batch } })
}

describe.skipIf(SERVER === undefined)('runs that a writer left which died', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['sessions']).up()
    sessions = new MongoSessions(db, 'default', HELD)
    await sessions.save({ id: 's', type: 'agent' })
    await sessions.appendRun({ id: 'first', sessionId: 's' })
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  for (const holds of [true, false]) {
    const how = holds ? 'while it held the session' : 'and lost its session before they came'

    test(`${how} are seen by nobody, and make room for one that is appended`, async () => {
      await leave('dead', { holds })
      expect(await seqs()).toEqual([[1, 'first']])
      expect(await sessions.run('x')).toBeNull()
      expect((await sessions.appendRun({ id: 'next', sessionId: 's' })).seq).toBe(2)
      expect(await seqs()).toEqual([
        [2, 'next'],
        [1, 'first'],
      ])
      expect(await db.collection('runs').findOne({ batch: 'dead' })).toBeNull()
    })

    test(`${how} make room for several, also of the same ids`, async () => {
      await leave('dead', { holds })
      const appended = await sessions.appendRuns(['y', 'z'].map((id) => ({ id, sessionId: 's' })))
      expect(appended.map(({ seq }) => seq)).toEqual([2, 3])
      expect(await seqs()).toEqual([
        [3, 'z'],
        [2, 'y'],
        [1, 'first'],
      ])
      expect((await db.collection('sessions').findOne({ '_id.id': 's' }))?.batch).toBeUndefined()
    })
  }

  test('a holder that is alive is waited for', async () => {
    const patient = new MongoSessions(db, 'default', 60_000)
    await db.collection('sessions').updateOne({ '_id.id': 's' }, { $set: { batch: 'alive' } })
    const waiting = patient.appendRuns([
      { id: 'a', sessionId: 's' },
      { id: 'b', sessionId: 's' },
    ])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await seqs()).toEqual([[1, 'first']])
    await db.collection('sessions').updateOne({ '_id.id': 's' }, { $unset: { batch: '' } })
    expect((await waiting).map(({ seq }) => seq)).toEqual([2, 3])
  })
})
