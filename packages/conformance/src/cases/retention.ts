import assert from 'node:assert/strict'
import type { Purged, PurgedDomain, PurgeOrder, Storage, TenantStorage } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { agent } from './session.js'
import { range, span, T0, traceId } from './spans.js'
import { idsOf, laterThanBefore, refused } from './support.js'

const DAY = 86_400_000
/** Traces begin a day apart, the first on day 0. */
const dayOf = (day: number) => T0 + day * DAY

/** A trace of two spans that began on this day; its number is that of the day, from 1. */
const traceOf = (day: number, fields: object = {}) =>
  [1, 2].map((n) =>
    span(n, { traceId: traceId(day + 1), startedAt: dayOf(day) + n, endedAt: dayOf(day) + n + 1, ...fields }),
  )

const tracesOn = (days: readonly number[], fields: object = {}) => days.flatMap((day) => traceOf(day, fields))

const daysIn = async ({ traces }: TenantStorage) =>
  (await traces.find({}, { limit: 1_000 })).items
    .map((trace) => Number.parseInt(trace.traceId, 16) - 1)
    .sort((a, b) => a - b)

/** The purge, which nobody else does at the time. */
async function purged({ retention }: Storage, domain: PurgedDomain, order: PurgeOrder): Promise<Purged> {
  const told = await retention.purge(domain, order)
  assert.ok(told, 'somebody else purges')
  return told
}

const NOTHING = { tenants: [], held: 0, complete: true, secondsPast: 0 }

const whole = [
  law('what is past its date is removed whole and nothing else', async ({ storage }) => {
    await storage.traces.write(tracesOn([0, 1, 2, 3]))
    const kept = await storage.traces.get(traceId(3))
    const { days: _, ...told } = await purged(storage, 'traces', { before: dayOf(2) })
    assert.deepEqual(told, { ...NOTHING, tenants: [{ tenant: storage.tenantId, removed: 2, rows: 4 }] })
    assert.deepEqual(await daysIn(storage), [2, 3])
    assert.equal((await storage.traces.spans()).items.length, 4)
    for (const gone of [1, 2]) assert.equal(await storage.traces.get(traceId(gone)), null)
    assert.deepEqual(await storage.traces.get(traceId(3)), kept)
    await storage.traces.write(traceOf(0))
    assert.equal((await storage.traces.get(traceId(1)))?.spans.length, 2)
  }),

  law('a session that changed since its date is kept however old it is', async ({ storage }) => {
    const { sessions } = storage
    for (const id of ['old', 'used', 'saved']) {
      await sessions.save(agent(id))
      await sessions.appendRun({ id: `run of ${id}`, sessionId: id })
    }
    await laterThanBefore()
    const before = Date.now()
    await laterThanBefore()
    await sessions.appendRun({ id: 'another run', sessionId: 'used' })
    await sessions.save({ ...agent('saved'), name: 'changed' })
    const { days: _, ...told } = await purged(storage, 'sessions', { before })
    assert.deepEqual(told, { ...NOTHING, tenants: [{ tenant: storage.tenantId, removed: 1, rows: 1 }] })
    assert.deepEqual(idsOf(await sessions.list()).sort(), ['saved', 'used'])
    assert.deepEqual(idsOf(await sessions.runs()).sort(), ['another run', 'run of saved', 'run of used'])
  }),
]

const ruled = [
  law('a tenant with a rule of its own is purged by that alone', async ({ storage }) => {
    const [own, other, third] = [storage, storage.tenant('other'), storage.tenant('third')]
    for (const each of [own, other, third]) await each.traces.write(tracesOn([0, 1, 2]))
    const tenants = { other: { before: dayOf(1) }, third: {} }
    const told = await purged(storage, 'traces', { before: dayOf(2), tenants })
    const counts = Object.fromEntries(told.tenants.map(({ tenant, removed }) => [tenant, removed]))
    assert.deepEqual(counts, { [own.tenantId]: 2, other: 1 })
    assert.deepEqual(await Promise.all([own, other, third].map(daysIn)), [[2], [1, 2], [0, 1, 2]])
  }),

  law('traces with an error are kept until their own date', async ({ storage }) => {
    await storage.traces.write(tracesOn([0, 2, 4]))
    await storage.traces.write(tracesOn([1, 3], { status: 'error', error: { message: 'broke' } }))
    await purged(storage, 'traces', { before: dayOf(4), errorsBefore: dayOf(2) })
    assert.deepEqual(await daysIn(storage), [3, 4])
  }),

  law('whatever a held user has part in is kept and counted', async ({ storage }) => {
    const { traces, sessions, tenantId } = storage
    await traces.write(tracesOn([0, 1, 2], { userId: 'ann' }))
    await traces.write([span(3, { traceId: traceId(2), startedAt: dayOf(1) + 3, userId: 'bob' })])
    await traces.write(traceOf(3, { userId: 'bob' }))
    await storage.tenant('other').traces.write(traceOf(0, { userId: 'bob' }))
    const held = { [tenantId]: ['bob'] }
    const told = await purged(storage, 'traces', { before: dayOf(9), held })
    assert.deepEqual([told.held, told.complete, told.secondsPast], [2, true, 0])
    assert.deepEqual(await daysIn(storage), [1, 3])
    assert.deepEqual(await daysIn(storage.tenant('other')), [])
    for (const userId of ['ann', 'bob']) await sessions.save({ ...agent(`${userId}'s`), userId })
    await sessions.save({ ...agent('a third'), userId: 'cem' })
    await sessions.appendRun({ id: 'guest', sessionId: "ann's", userId: 'bob' })
    await laterThanBefore()
    assert.equal((await purged(storage, 'sessions', { before: Date.now(), held })).held, 2)
    assert.deepEqual(idsOf(await sessions.list()).sort(), ["ann's", "bob's"])
  }),

  law('a dry run counts what would be removed and removes nothing', async ({ storage }) => {
    await storage.traces.write(tracesOn(range(5)))
    const told = await purged(storage, 'traces', { before: dayOf(3), dryRun: true })
    assert.deepEqual(told.tenants, [{ tenant: storage.tenantId, removed: 3, rows: 6 }])
    assert.deepEqual([told.complete, Math.round(told.secondsPast)], [true, (3 * DAY) / 1_000])
    assert.deepEqual(await daysIn(storage), range(5))
    await storage.sessions.save(agent('s'))
    await laterThanBefore()
    const sessions = await purged(storage, 'sessions', { before: Date.now(), dryRun: true })
    assert.deepEqual(sessions.tenants, [{ tenant: storage.tenantId, removed: 1, rows: 0 }])
    assert.notEqual(await storage.sessions.get('s'), null)
  }),

  law('a date before which nothing is, or that is no date, purges nothing', async ({ storage }) => {
    await storage.traces.write(tracesOn([0, 1]))
    for (const order of [{}, { before: 0 }, { before: dayOf(0) }]) {
      const { days: _, ...told } = await purged(storage, 'traces', order)
      assert.deepEqual(told, NOTHING)
    }
    const wrong = [
      { before: '90d' },
      { before: Number.NaN },
      { before: 1, errorsBefore: 2 },
      { keep: 1 },
      { within: 0 },
    ]
    for (const order of wrong) await refused('invalid', storage.retention.purge('traces', order as PurgeOrder))
    await refused('invalid', storage.retention.purge('sessions', { before: 2, errorsBefore: 1 }))
    await refused('invalid', storage.retention.purge('audit' as PurgedDomain, { before: 1 }))
    await refused('invalid', storage.retention.purge('traces', { tenants: { a: { after: 1 } } } as PurgeOrder))
    await refused('invalid', storage.retention.purge('traces', { held: { a: 'bob' } } as never))
    assert.deepEqual(await daysIn(storage), [0, 1])
  }),
]

const going = [
  law('a purge that is out of time tells so and the next goes on', async ({ storage }) => {
    const tenants = ['a', 'b', 'c'].map((id) => storage.tenant(id))
    for (const each of tenants) await each.traces.write(tracesOn(range(100)))
    let removed = 0
    let calls = 0
    for (;;) {
      const told = await purged(storage, 'traces', { before: dayOf(100), within: 1 })
      removed += told.tenants.reduce((sum, one) => sum + one.removed, 0)
      calls += 1
      assert.equal(told.complete, told.secondsPast === 0)
      assert.ok(told.secondsPast <= 100 * 86_400, 'the oldest is no older than all')
      if (told.complete) break
    }
    assert.ok(calls > 1, 'a purge of a millisecond has removed all')
    assert.equal(removed, 300)
    for (const each of tenants) assert.deepEqual(await daysIn(each), [])
  }),

  law('what is written while a purge goes on is kept unless it is past its date', async ({ storage, connect }) => {
    const others = await Promise.all([connect(), connect()])
    await storage.traces.write(tracesOn(range(60)))
    const writing = others.map(async ({ traces }, writer) => {
      for (const round of range(10)) await traces.write(traceOf(100 + writer * 10 + round))
    })
    const again = others.map(async ({ traces }) => {
      for (const day of range(60)) await traces.write([span(3, { traceId: traceId(day + 1), startedAt: dayOf(day) })])
    })
    await purged(storage, 'traces', { before: dayOf(60) })
    await Promise.all([...writing, ...again])
    assert.deepEqual(
      (await daysIn(storage)).filter((day) => day >= 60),
      range(20, 100),
    )
    for (const { traceId: id, spans } of (await storage.traces.find({}, { limit: 1_000 })).items)
      assert.equal((await storage.traces.get(id))?.spans.length, spans)
    await purged(storage, 'traces', { before: dayOf(60) })
    assert.deepEqual(await daysIn(storage), range(20, 100))
    assert.equal((await storage.traces.spans({}, { limit: 1_000 })).items.length, 40)
  }),
]

/** Removing what is past its date. */
export const retentionCases: Chapter = { name: 'retention', cases: [...whole, ...ruled, ...going] }
