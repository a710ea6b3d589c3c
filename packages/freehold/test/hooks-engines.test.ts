import { describe, expect, it } from 'vitest'
import { auditHook, sessionHook } from '../src/index.js'
import { failing, hooksOn, PLACES, RUN, spoolDirectory, storageOn } from './support/hooked.js'

describe.each(PLACES)('on %s, a hook', (engine) => {
  it.each([{}, { background: true }])('writes who did what, and nothing that was said (%j)', async (options) => {
    const storage = await storageOn(engine)
    const { audit } = hooksOn(storage, options)
    await audit({ ...RUN, runId: 'r-1' })
    await audit.flush()
    const { items } = await storage.audit.read()
    expect(items).toMatchObject([
      {
        actor: 'support',
        action: 'agent.run',
        outcome: 'completed',
        runId: 'r-1',
        sessionId: 's-1',
        traceId: RUN.traceId,
        data: { userId: 'maya', model: 'large', tools: ['lookup_order'], usage: { promptTokens: 30 } },
      },
    ])
    expect(JSON.stringify(items)).not.toMatch(/headphones|new ones/)
  })

  it.each([{}, { background: true }])('appends runs to a session that it saves (%j)', async (options) => {
    const storage = await storageOn(engine)
    const { sessions } = hooksOn(storage, options)
    await sessions({ ...RUN, runId: 'r-1' })
    await sessions({ ...RUN, runId: 'r-2', sessionId: 's-2' })
    await sessions({ ...RUN, runId: 'r-3' })
    await sessions.flush()
    expect(await storage.sessions.get('s-1')).toMatchObject({ agentId: 'support', userId: 'maya', version: 1, runs: 2 })
    expect(await storage.sessions.run('r-3')).toMatchObject({
      seq: 2,
      status: 'completed',
      model: 'large',
      input: RUN.input,
      output: RUN.output,
      messages: RUN.messages,
      usage: RUN.usage,
      traceId: RUN.traceId,
      startedAt: expect.any(Number),
      endedAt: expect.any(Number),
    })
  })

  it.each([{}, { background: true }])('ends a run that was begun, once (%j)', async (options) => {
    const storage = await storageOn(engine)
    await storage.sessions.save({ id: 's-1', type: 'agent', name: 'as it is' })
    await storage.sessions.appendRun({ id: 'r-1', sessionId: 's-1', status: 'running', input: 'begun' })
    const { sessions } = hooksOn(storage, options)
    await sessions({ ...RUN, runId: 'r-1', status: 'paused', input: undefined, output: 'waits' })
    await sessions({ ...RUN, runId: 'r-1', input: undefined })
    await sessions({ ...RUN, runId: 'r-1', output: 'too late', status: 'error' })
    await sessions.flush()
    expect(await storage.sessions.run('r-1')).toMatchObject({ status: 'completed', input: 'begun', output: RUN.output })
    expect(await storage.sessions.get('s-1')).toMatchObject({ name: 'as it is', runs: 1, version: 1 })
  })

  it('costs only what is wrong, and says why', async () => {
    const storage = await storageOn(engine)
    const options = { background: true, onError: () => {} }
    const told: unknown[] = []
    const audit = auditHook<string>(storage, {
      ...options,
      record: (id) => ({ id, actor: 'support', action: id === 'bad' ? '' : 'x'.repeat(id === 'long' ? 300 : 3) }),
      onRejected: (rejected) => void told.push(...rejected),
    })
    const sessions = sessionHook<string>(storage, {
      ...options,
      record: (id) => ({
        session: { id: 's-1', type: 'agent' },
        run: { id, model: id === 'long' ? 'x'.repeat(300) : 'm' },
      }),
      onRejected: (rejected) => void told.push(...rejected),
    })
    for (const id of ['a', 'b', 'long', 'c', 'd']) {
      await audit(id)
      await sessions(id)
    }
    await audit.close()
    await sessions.close()
    const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id).reverse()
    expect([
      ids(await storage.audit.read({ stream: 'main' })),
      ids(await storage.sessions.runs({ sessionId: 's-1' })),
    ]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ])
    const reason = expect.stringMatching(/has 300 characters; at most 255/)
    expect(told).toEqual([
      { id: 'long', reason },
      { id: 'long', reason },
    ])
    expect(audit.counts).toMatchObject({ calls: 5, recorded: 5, written: 4, rejected: 1, failed: 0 })
  })

  it.each([{}, { background: true, interval: 5 }])(
    'writes once what it writes again, as the answer was lost (%j)',
    async (options) => {
      const storage = await storageOn(engine)
      await storage.sessions.save({ id: 's-1', type: 'agent' })
      const { audit, sessions } = hooksOn(failing(storage, 1, 'after'), options)
      for (const hook of [audit, sessions]) {
        await hook(RUN)
        await hook.flush()
        expect(hook.counts).toMatchObject({ calls: 1, written: 1, failed: 0 })
      }
      expect((await storage.audit.read()).items).toHaveLength(1)
      expect((await storage.sessions.runs()).items).toMatchObject([{ seq: 1, status: 'completed' }])
    },
  )

  it('writes to its tenant, with a spool that others have too', async () => {
    const storage = await storageOn(engine)
    const spool = { directory: spoolDirectory() }
    for (const tenant of ['acme', 'zeta']) {
      const audit = auditHook(storage.tenant(tenant), { background: true, spool })
      await audit({ ...RUN, agentId: tenant })
      await audit.close()
      expect((await storage.tenant(tenant).audit.read()).items).toMatchObject([{ actor: tenant }])
    }
    expect((await storage.audit.read()).items).toEqual([])
  })
})
