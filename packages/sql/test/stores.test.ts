import { inspect } from 'node:util'
import { expect, vi } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'

describeEngines((it) => {
  it('a head that was set back is an error that says so, at once', async ({ database, storage }) => {
    await storage.audit.append([{ actor: 'ada', action: 'one' }])
    await database.prompt.query(`delete from freehold_audit_heads`)
    const appended = storage.audit.append([{ actor: 'ada', action: 'two' }])
    await expect(appended).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(/run verify/) })
  })

  it('a store can be made a text or JSON, printed and awaited, and shows no password', async ({ storage }) => {
    for (const store of [storage.traces, storage.sessions, storage.approvals, storage.audit, storage.migrations]) {
      expect([String(store), `${store}`, JSON.stringify(store)]).toEqual(['[object Object]', '[object Object]', '{}'])
      expect(inspect(store, { depth: 10 })).not.toMatch(/password/i)
      expect((await store) === store).toBe(true)
    }
  })

  it('a domain that was not opened here is refused as unsupported', async ({ database }) => {
    const storage = await database.connect({ domains: ['traces'] })
    const listed = storage.sessions.list()
    await expect(listed).rejects.toMatchObject({ code: 'unsupported' })
    await storage.close()
  })

  it('a call whose schema is gone is refused as unsupported, and writes nothing', async ({ storage }) => {
    await storage.sessions.save({ id: 's', type: 'agent' })
    await storage.migrations.down('sessions')
    await expect(storage.sessions.get('s')).rejects.toMatchObject({ code: 'unsupported' })
    await expect(storage.sessions.save({ id: 's', type: 'agent' })).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('the start and the end of a span, each as large as may be, make one span', async ({ storage }) => {
    const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'large', startedAt: 1 }
    const large = Array(5).fill('漢'.repeat(262_144))
    await storage.traces.write([{ ...span, input: large }])
    const other = { ...span, spanId: '3'.repeat(16) }
    const told = await storage.traces.write([other, { ...span, endedAt: 2, output: large }])
    expect(told).toMatchObject({ written: 1, updated: 1, rejected: [] })
    const trace = await storage.traces.get(span.traceId)
    expect(trace?.spans[0]).toMatchObject({ input: large, output: large })
  })

  it('what was requested is what is stored, whatever the caller does to it meanwhile', async ({ storage }) => {
    const args = { amount: 1_000_000 }
    const request = storage.approvals.request({ args })
    args.amount = 1
    expect((await request).args).toEqual({ amount: 1_000_000 })
  })

  it('updatedAt does not go back when the clock does', async ({ storage }) => {
    const { updatedAt } = await storage.sessions.save({ id: 's', type: 'agent' })
    const clock = vi.spyOn(Date, 'now').mockReturnValue(updatedAt - 60_000)
    await storage.sessions.appendRun({ sessionId: 's' }).finally(() => clock.mockRestore())
    expect((await storage.sessions.get('s'))?.updatedAt).toBe(updatedAt)
  })

  it('a call that was requested under one id is found again under another', async ({ storage }) => {
    const call = { runId: 'run', toolCallId: 'call' }
    const first = await storage.approvals.request({ id: 'a', ...call })
    expect(await storage.approvals.request({ ...call })).toEqual(first)
  })
})

describeEngines((it) => {
  it('a value that is longer than its column is an error and is not cut off', async ({ database, storage }) => {
    await storage.audit.checkpoint('main')
    const dialect = dialectOf(database.url)
    const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const insert = (stream: string, hash: string) =>
      db.insertNew(db.knex, 'audit_heads', [{ tenant: 't', stream, seq: 1, hash }])
    const failures = await Promise.allSettled([insert('x'.repeat(129), 'h'.repeat(64)), insert('y', 'h'.repeat(65))])
    await db.knex.destroy()
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await database.prompt.query('select stream from freehold_audit_heads')).toEqual([{ stream: 'main' }])
  })
}, SERVERS)
