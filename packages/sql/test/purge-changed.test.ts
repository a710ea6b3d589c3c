import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { DatedSessions } from '../src/purge-sessions.js'
import { DatedTraces } from '../src/purge-traces.js'
import { withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const LATER = Date.now() + 86_400_000

describeEngines((it) => {
  it('a session that changed since a purge looked at it stays, long or not', async ({ database, storage }) => {
    await storage.sessions.save({ id: 's', type: 'agent' })
    await withDatabase(database, Database, async (db) => {
      const dated = new DatedSessions(db)
      const [before] = await dated.oldest('default', LATER, undefined, 10)
      await storage.sessions.appendRun({ id: 'r', sessionId: 's' })
      for (const isLong of [true, false]) expect(await dated.remove('default', [{ ...before!, isLong }])).toEqual([])
      expect((await storage.sessions.runs({ sessionId: 's' })).items).toHaveLength(1)
      const [now] = await dated.oldest('default', LATER, undefined, 10)
      expect(await dated.remove('default', [{ ...now!, isLong: true }])).toHaveLength(1)
      expect(await storage.sessions.get('s')).toBeNull()
    })
  })

  it('a trace that changed since a purge looked at it stays', async ({ database, storage }) => {
    await storage.traces.write([spanOf(traceIdOf(1), 0), spanOf(traceIdOf(2), 0)])
    await withDatabase(database, Database, async (db) => {
      const dated = new DatedTraces(db)
      const before = await dated.oldest('default', LATER, undefined, 10)
      await storage.traces.write([spanOf(traceIdOf(1), 1)])
      expect((await dated.remove('default', before)).map(({ id }) => id)).toEqual([traceIdOf(2)])
      expect((await storage.traces.get(traceIdOf(1)))?.spans).toHaveLength(2)
      expect(await storage.traces.get(traceIdOf(2))).toBeNull()
    })
  })
})
