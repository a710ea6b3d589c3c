import { ENGINES, urlOf } from '@freehold/databases/engines'
import { describe, expect, it, vi } from 'vitest'
import { eraseUser, personal, type Storage, StoreError, type UserErasure } from '../src/index.js'
import { onFour, onServer, onSqlite } from './support/storages.js'
import { allOfOtto, BY, hex, leftOfMaria, withTwoUsers } from './support/two-users.js'

const countsOf = ({ tables }: UserErasure) =>
  Object.fromEntries(tables.map(({ table, removed, kept }) => [table, [removed, kept]]))

const actionsOf = async ({ audit }: Storage) =>
  (await audit.read({ target: 'maria' })).items.map(({ action }) => action).toReversed()

describe.each([
  ['sqlite', false, onSqlite] as const,
  ...ENGINES.map((engine) => [engine, urlOf(engine) === undefined, () => onServer(engine)] as const),
  [
    'four databases',
    (['mongodb', 'postgres', 'mysql'] as const).some((one) => urlOf(one) === undefined),
    onFour,
  ] as const,
])('erasing a user on %s', (_engine, isMissing, open) => {
  it.skipIf(isMissing)(
    'removes what is theirs in every domain, and nothing of another',
    { timeout: 120_000 },
    async () => {
      const { storage } = await open()
      const { keys, audit } = await withTwoUsers(storage)
      const before = await allOfOtto(storage)
      const erased = await eraseUser(storage, 'maria', { ...BY, keys })
      expect(countsOf(erased)).toEqual({
        approvals: [3, 0],
        traces: [2, 1],
        spans: [4, 2],
        sessions: [1, 0],
        runs: [2, 1],
        audit: [0, 3],
      })
      expect(erased).toMatchObject({ complete: true, sealed: { subject: 'maria', by: 'privacy-desk' } })
      expect(erased.kept.map(({ table, ids }) => [table, ids])).toEqual([
        ['runs', ['guest']],
        ['traces', [hex(99, 32)]],
        ['spans', []],
        ['audit', []],
      ])
      expect(await leftOfMaria(storage)).toEqual(['guest', hex(99, 32)])
      expect(await allOfOtto(storage)).toEqual(before)
      expect((await audit.get('mail to maria'))!.data!.to).toMatchObject({ $erased: { subject: 'maria' } })
      expect((await audit.get('mail to otto'))!.data!.to).toBe('otto')
      expect(await actionsOf(storage)).toEqual(['user.erasure.begun', 'subject.erased', 'user.erased'])
      expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 7 })
      const whole = await eraseUser(storage, 'maria', { ...BY, keys, shared: 'remove' })
      expect(countsOf(whole)).toMatchObject({ traces: [3, 0], sessions: [1, 0], runs: [3, 0] })
      expect(await leftOfMaria(storage)).toEqual([])
    },
  )
})

describe('erasing a user', () => {
  it('goes on where it was interrupted, at every call, and says once that it began', { timeout: 120_000 }, async () => {
    const undisturbed = await onSqlite()
    const first = await withTwoUsers(undisturbed.storage)
    const { store, calls } = failing(undisturbed.storage, Number.POSITIVE_INFINITY)
    await eraseUser(store, 'maria', { ...BY, id: '311', keys: first.keys })
    expect(calls()).toBeGreaterThan(20)
    for (let call = 0; call < calls(); call++) {
      const { storage } = await onSqlite()
      const { keys } = await withTwoUsers(storage)
      const before = await allOfOtto(storage)
      const cut = eraseUser(failing(storage, call).store, 'maria', { ...BY, id: '311', keys })
      await expect(cut, `call ${call}`).rejects.toThrow('the database blinked')
      const again = await eraseUser(storage, 'maria', { ...BY, id: '311', keys })
      expect(again.complete).toBe(true)
      expect(await leftOfMaria(storage)).toEqual(['guest', hex(99, 32)])
      expect(await allOfOtto(storage)).toEqual(before)
      const actions = await actionsOf(storage)
      expect(actions.filter((action) => action === 'user.erasure.begun')).toHaveLength(1)
      expect(actions.at(-1)).toBe('user.erased')
    }
  })

  it('keeps what a consumer was not told of, with the session by which it is found, for a later call', async () => {
    const { storage } = await onSqlite()
    await storage.relay.register('mail', { from: 'start' })
    await withTwoUsers(storage)
    const erased = await eraseUser(storage, 'maria', BY)
    expect(erased.complete).toBe(false)
    expect(countsOf(erased)).toMatchObject({ approvals: [0, 3], sessions: [0, 1], traces: [2, 1] })
    await storage.approvals.expire()
    for (;;) {
      const told = (await storage.relay.take('mail', 'us'))!
      if (told.length === 0) break
      await storage.relay.settle(
        'mail',
        told.map(({ tenant, approval, events }) => ({ tenant, approvalId: approval.id, seq: events.at(-1)!.seq })),
      )
    }
    const again = await eraseUser(storage, 'maria', BY)
    expect(again).toMatchObject({ complete: true })
    expect(countsOf(again)).toMatchObject({ approvals: [3, 0], sessions: [1, 0], runs: [2, 1] })
  })

  it('is refused while a hold is on the user, and keeps what is sealed in a stream that is held', async () => {
    const { storage } = await onSqlite()
    const { keys, audit } = await withTwoUsers(storage)
    await audit.hold({ id: 'case-12', subject: 'maria', by: 'legal', reason: 'Doe v. Roe' })
    const held = await eraseUser(storage, 'maria', { ...BY, keys }).catch((error: unknown) => error)
    expect(StoreError.is(held, 'conflict') && held.message).toContain('case-12')
    expect(await leftOfMaria(storage)).toHaveLength(13)
    await audit.release('case-12', { by: 'legal', reason: 'settled' })
    await audit.hold({ id: 'case-13', stream: 'main', by: 'legal', reason: 'Doe v. Roe' })
    const erased = await eraseUser(storage, 'maria', { ...BY, keys })
    expect(erased).toMatchObject({ complete: false })
    expect(erased.sealed).toBeUndefined()
    expect(erased.kept.find(({ why }) => why.includes('case-13'))).toMatchObject({ table: 'audit', ids: ['maria'] })
  })

  it.each(['maria', 'p-9'])('is refused while a hold is on either name of the user: %s', async (held) => {
    const { storage } = await onSqlite()
    const { keys, audit } = await withTwoUsers(storage)
    await audit.append([{ actor: 'support', action: 'mail.sent', data: { to: personal('p-9', 'maria') } }])
    await audit.hold({ id: 'case-12', subject: held, by: 'legal', reason: 'Doe v. Roe' })
    const erase = () => eraseUser(storage, 'maria', { ...BY, keys, subject: 'p-9' })
    const refused = await erase().catch((error: unknown) => error)
    expect(StoreError.is(refused, 'conflict') && refused.message).toContain('case-12')
    expect(await leftOfMaria(storage)).toHaveLength(13)
    expect(await actionsOf(storage)).not.toContain('user.erasure.begun')
    await audit.release('case-12', { by: 'legal', reason: 'settled' })
    await audit.hold({ id: 'case-13', subject: 'otto', by: 'legal', reason: 'Doe v. Roe' })
    expect(await erase()).toMatchObject({ complete: true, sealed: { subject: 'p-9' } })
  })

  it('keeps the session of a trace that cannot be removed yet, which is found by it alone', async () => {
    const { storage } = await onSqlite()
    await withTwoUsers(storage)
    const late = new StoreError('timeout', 'other writers kept changing the same record; try again')
    const traces = over(storage.traces, { remove: () => Promise.reject(late) })
    const erased = await eraseUser({ ...storage, traces }, 'maria', BY)
    expect(erased).toMatchObject({ complete: false })
    expect(countsOf(erased)).toMatchObject({ sessions: [0, 1], traces: [0, 3] })
    expect(await eraseUser(storage, 'maria', BY)).toMatchObject({ complete: true })
    expect(await leftOfMaria(storage)).toEqual(['guest', hex(99, 32)])
  })

  it('finds what hangs on a run or a session of theirs, and approvals by their traces alone', async () => {
    const { storage } = await onSqlite()
    const { traces, sessions, approvals } = storage
    const span = (n: number, of: number, owners: object) => ({
      traceId: hex(of, 32),
      spanId: hex(n, 16),
      name: 'step',
      startedAt: 1_000 + n,
      endedAt: 2_000,
      ...owners,
    })
    await sessions.save({ id: 's', type: 'agent', userId: 'maria' })
    await sessions.appendRun({ id: 'r', sessionId: 's' })
    await sessions.save({ id: "otto's", type: 'agent', userId: 'otto' })
    await sessions.appendRun({ id: 'guest', sessionId: "otto's", userId: 'maria' })
    await traces.write([span(1, 1, { runId: 'r' }), span(1, 2, {}), span(2, 2, { sessionId: 's' })])
    await traces.write([span(1, 3, { runId: 'guest' }), span(1, 4, { userId: 'maria', runId: 'elsewhere' })])
    for (const runId of ['guest', 'elsewhere', "otto's own"]) await approvals.request({ id: `of ${runId}`, runId })
    const erased = await eraseUser(storage, 'maria', BY)
    expect(erased.kept.map(({ table, ids }) => [table, ids])).toEqual([
      ['runs', ['guest']],
      ['audit', []],
    ])
    expect((await traces.find()).items).toEqual([])
    expect((await approvals.list()).items.map(({ id }) => id)).toEqual(["of otto's own"])
  })

  it('reads the outline of a trace once, whether it is found by its user, its run or its span', async () => {
    const { storage } = await onSqlite()
    await withTwoUsers(storage)
    const outline = vi.fn((traceId: string) => storage.traces.outline(traceId))
    await eraseUser({ ...storage, traces: over(storage.traces, { outline }) }, 'maria', BY)
    expect(outline.mock.calls.flat().sort()).toEqual([11, 12, 99].map((n) => hex(n, 32)))
  })

  it('leaves an approval that was spent just now, whose tool may run', async () => {
    const { storage } = await onSqlite()
    await storage.sessions.save({ id: 's', type: 'agent', userId: 'maria' })
    await storage.approvals.request({ id: 'a', sessionId: 's' })
    await storage.approvals.decide('a', { decision: 'approved', by: 'lena' })
    await storage.approvals.consume('a')
    expect(countsOf(await eraseUser(storage, 'maria', BY))).toMatchObject({ approvals: [0, 1], sessions: [0, 1] })
    await storage.approvals.complete('a', { outcome: 'executed' })
    expect(await eraseUser(storage, 'maria', BY)).toMatchObject({ complete: true })
    expect(await leftOfMaria(storage)).toEqual([])
  })

  it('sees a hold without the keys, and one that is placed while it works', async () => {
    const { storage } = await onSqlite()
    const { audit } = await withTwoUsers(storage)
    await audit.hold({ id: 'case-12', subject: 'maria', by: 'legal', reason: 'Doe v. Roe' })
    await expect(eraseUser(storage, 'maria', BY)).rejects.toThrow('case-12')
    expect(await leftOfMaria(storage)).toHaveLength(13)
    await audit.release('case-12', { by: 'legal', reason: 'settled' })
    const onProgress = async () => {
      await audit.hold({ id: 'case-13', subject: 'maria', by: 'legal', reason: 'Doe v. Roe' })
    }
    await expect(eraseUser(storage, 'maria', { ...BY, onProgress: () => void onProgress() })).rejects.toThrow('case-13')
  })

  it('ends when it is told to, and refuses options that are wrong by their names', async () => {
    const { storage } = await onSqlite()
    await withTwoUsers(storage)
    const told: number[] = []
    const ending = new AbortController()
    const onProgress = (removed: number) => {
      told.push(removed)
      if (told.length === 2) ending.abort(new Error('enough'))
    }
    await expect(eraseUser(storage, 'maria', { ...BY, signal: ending.signal, onProgress })).rejects.toThrow('enough')
    expect(told).toHaveLength(2)
    await expect(eraseUser(storage, 'maria', null as never)).rejects.toMatchObject({ code: 'invalid' })
    const wrong = eraseUser(storage, '', { by: 'x'.repeat(200), shared: 'all', subject: 'm', why: 'x' } as never)
    const error = await wrong.catch((reason: unknown) => reason)
    expect(StoreError.is(error, 'invalid') && error.problems.map(({ field }) => field).sort()).toEqual(
      ['by', 'shared', 'subject', 'userId', 'why'].sort(),
    )
  })
})

/** A storage whose call of this number has no answer, though it came through. */
function failing(storage: Storage, failed: number) {
  let made = 0
  const cut = <S extends object>(store: S): S =>
    new Proxy(store, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          const own = made++
          const answer: unknown = await Reflect.apply(method, target, args)
          if (own === failed) throw new StoreError('unavailable', 'the database blinked')
          return answer
        }
      },
    })
  const { traces, sessions, approvals, audit } = storage
  const store: Storage = {
    ...storage,
    traces: cut(traces),
    sessions: cut(sessions),
    approvals: cut(approvals),
    audit: cut(audit),
  }
  return { store, calls: () => made }
}

/** A store with another way to do something. */
function over<S extends object>(store: S, own: Partial<S>): S {
  return new Proxy(store, { get: (target, name) => Reflect.get(Object.hasOwn(own, name) ? own : target, name) })
}
