import type { Storage } from '@freehold/contract'
import type { Knex } from 'knex'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { SqlSessions } from '../src/sessions.js'
import type { Database as Place } from './engines.js'
import { LateDatabase, withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'

/** One more than one transaction deletes. */
const RUNS = 10_001
const [FIRST, LAST] = ['run-1', `run-${RUNS}`]

/** A process that dies before its third transaction: the session is marked then, and most of its runs are deleted. */
class DyingDatabase extends Database {
  private left = 2

  override async transaction<T>(work: (trx: Knex) => Promise<T>): Promise<T> {
    if (this.left === 0) throw new Error('the process died')
    this.left -= 1
    return super.transaction(work)
  }
}

/** A session of very many runs. */
async function saveLarge(place: Place, { sessions }: Storage, count = RUNS): Promise<void> {
  await sessions.save({ id: 's', type: 'agent' })
  await withDatabase(place, Database, async (db) => {
    const started_at = db.dialect.toTime(Date.now())
    const known = { tenant: 'default', session_id: 's', type: 'agent', status: 'completed', started_at }
    const rows = Array.from({ length: count }, (_, i) => ({ ...known, id: `run-${i + 1}`, seq: i + 1 }))
    await db.transaction(async (trx) => {
      await db.insertNew(trx, 'runs', rows)
      await trx(db.table('sessions')).where({ tenant: 'default', id: 's' }).update({ runs: count })
    })
  })
}

/** The same, whose removal was begun by a process that died. */
async function saveHalfRemoved(place: Place, storage: Storage): Promise<void> {
  await saveLarge(place, storage)
  const dying = withDatabase(place, DyingDatabase, (db) => new SqlSessions(db, 'default').remove('s'))
  await expect(dying).rejects.toThrow('the process died')
}

const runsLeft = async ({ prompt }: Place) => (await prompt.query('select id from freehold_runs')).length

/** What is read of the runs of a session: one by its id, those of all sessions, those of this one. */
async function runsRead({ sessions }: Pick<Storage, 'sessions'>, id: string, sessionId = 's') {
  const lists = await Promise.all([sessions.runs(), sessions.runs({ sessionId })])
  return [(await sessions.run(id))?.id, ...lists.map(({ items }) => items.map((run) => run.id))]
}

describeEngines((it) => {
  it('a session of very many runs goes with all of them', async ({ database, storage }) => {
    await saveLarge(database, storage)
    expect(await storage.sessions.remove('s')).toBe(true)
    expect(await storage.sessions.get('s')).toBeNull()
    expect(await runsLeft(database)).toBe(0)
  })

  it('nobody reads a session that is half removed, nor what is left of its runs', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    const { sessions } = storage
    expect(await runsLeft(database)).toBeGreaterThan(0)
    expect([await sessions.get('s'), await sessions.run(FIRST), await sessions.run(LAST)]).toEqual([null, null, null])
    const lists = await Promise.all([sessions.list(), sessions.runs(), sessions.runs({ sessionId: 's' })])
    expect(lists.map(({ items }) => items.length)).toEqual([0, 0, 0])
  })

  it('nobody writes to a session that is half removed', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    const notFound = expect.objectContaining({ code: 'not_found' })
    await expect(storage.sessions.appendRun({ sessionId: 's' })).rejects.toEqual(notFound)
    await expect(storage.sessions.updateRun(LAST, { output: 'late' })).rejects.toEqual(notFound)
  })

  it('removing a session that is half removed does the rest', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    expect(await storage.sessions.remove('s')).toBe(true)
    expect(await runsLeft(database)).toBe(0)
    expect(await storage.sessions.remove('s')).toBe(false)
  })

  it('a session that is saved anew while half removed is a new one', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    const saved = await storage.sessions.save({ id: 's', type: 'team' })
    const run = await storage.sessions.appendRun({ sessionId: 's' })
    expect([saved.version, saved.type, run.seq, await runsLeft(database)]).toEqual([1, 'team', 1, 1])
    expect(await runsRead(storage, run.id)).toEqual([run.id, [run.id], [run.id]])
  })

  it('a session that grows, and is marked by others while somebody is about to remove it, leaves nothing', async ({
    database,
    storage,
  }) => {
    const { sessions } = storage
    await saveLarge(database, storage, RUNS - 1)
    const others = async () => {
      await sessions.appendRun({ sessionId: 's' })
      await withDatabase(database, DyingDatabase, (db) => new SqlSessions(db, 'default').remove('s')).catch(() => {})
    }
    const removed = await withDatabase(database, LateDatabase, (db) => {
      db.before = [others]
      return new SqlSessions(db, 'default').remove('s')
    })
    await sessions.save({ id: 's', type: 'agent' })
    const { id } = await sessions.appendRun({ sessionId: 's' })
    expect([removed, ...(await runsRead(storage, id))]).toEqual([true, id, [id], [id]])
  })

  it('a session that others removed and made anew, while somebody was about to finish that, is left alone', async ({
    database,
    storage,
  }) => {
    const { sessions } = storage
    await saveLarge(database, storage)
    const anew = async () => {
      await sessions.remove('s')
      await sessions.save({ id: 's', type: 'agent' })
      await sessions.appendRun({ id: FIRST, sessionId: 's' })
    }
    const removed = await withDatabase(database, LateDatabase, (db) => {
      // The first transaction marks it.
      db.before = [() => {}, anew]
      return new SqlSessions(db, 'default').remove('s')
    })
    expect([removed, ...(await runsRead(storage, FIRST))]).toEqual([true, FIRST, [FIRST], [FIRST]])
  })

  it('a session that is made anew after it was removed shows its runs', async ({ database, storage }) => {
    await saveLarge(database, storage)
    await storage.sessions.remove('s')
    await storage.sessions.save({ id: 's', type: 'agent' })
    const { id, seq } = await storage.sessions.appendRun({ sessionId: 's' })
    expect([seq, ...(await runsRead(storage, id))]).toEqual([1, id, [id], [id]])
    expect((await storage.sessions.updateRun(id, { status: 'completed' })).status).toBe('completed')
  })

  it('a session that is half removed hides no other', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    for (const [of, sessionId] of [
      [storage, 'other'],
      [storage.tenant('acme'), 's'],
    ] as const) {
      await of.sessions.save({ id: sessionId, type: 'agent' })
      const { id } = await of.sessions.appendRun({ sessionId })
      expect(await runsRead(of, id, sessionId)).toEqual([id, [id], [id]])
    }
  })

  it('the id of a run that is left of a session which is half removed is free', async ({ database, storage }) => {
    await saveHalfRemoved(database, storage)
    await storage.sessions.save({ id: 'other', type: 'agent' })
    const run = await storage.sessions.appendRun({ id: LAST, sessionId: 'other' })
    expect([run.sessionId, run.seq]).toEqual(['other', 1])
  })
})
