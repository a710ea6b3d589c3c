import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { DatedSessions } from '../src/purge-sessions.js'
import { DatedTraces } from '../src/purge-traces.js'
import { MongoRetention } from '../src/retention.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

const LATER = Date.now() + 86_400_000

describe.skipIf(SERVER === undefined)('on a server', () => {
  let name: string
  let client: MongoClient
  let db: Database

  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['traces', 'sessions']).up()
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  test('a session that changed since a purge looked at it stays', async () => {
    const sessions = new MongoSessions(db, 'default')
    await sessions.save({ id: 's', type: 'agent' })
    const dated = new DatedSessions(db)
    const before = await dated.oldest('default', LATER, undefined, 10)
    await sessions.appendRun({ id: 'r', sessionId: 's' })
    expect(await dated.remove('default', before)).toEqual([])
    expect((await sessions.runs({ sessionId: 's' })).items).toHaveLength(1)
    expect(await dated.remove('default', await dated.oldest('default', LATER, undefined, 10))).toHaveLength(1)
    expect(await sessions.get('s')).toBeNull()
  })

  test('a trace that changed since a purge looked at it stays, and one whose removal was begun goes', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write([1, 2, 3].map((n) => spanOf(traceIdOf(n), 0)))
    const begun = { '_id.traceId': traceIdOf(3) }
    await db.collection('traces').updateOne(begun as never, { $set: { removing: 'somebody who died', writing: [] } })
    const dated = new DatedTraces(db)
    const before = await dated.oldest('default', LATER, undefined, 10)
    await traces.write([spanOf(traceIdOf(1), 1)])
    expect((await dated.remove('default', before)).map(({ id }) => id)).toEqual([2, 3].map(traceIdOf))
    expect((await traces.get(traceIdOf(1)))?.spans).toHaveLength(2)
    expect(await db.find('spans', {})).toHaveLength(2)
  })

  test('nobody purges what another process does', async () => {
    const retention = new MongoRetention(db, ['traces', 'sessions'])
    await new MongoTraces(db, 'default').write([spanOf(traceIdOf(1), 0)])
    await db.collection('leases').insertOne({ _id: 'traces retention', holder: 'another', expiresAt: new Date(LATER) })
    expect(await retention.purge('traces', { before: LATER })).toBeNull()
    expect(await retention.purge('sessions', { before: LATER })).toMatchObject({ complete: true })
    await db.collection('leases').updateOne({ _id: 'traces retention' }, { $set: { expiresAt: new Date(0) } })
    expect(await retention.purge('traces', { before: LATER })).toMatchObject({ tenants: [{ removed: 1, rows: 1 }] })
  })
})
