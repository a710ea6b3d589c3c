import { type AuditEntry, auditApprovals, openStorage, type Storage } from 'freehold'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const TRACE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }

/** Every engine of approvals with every engine of the audit. */
const PAIRS = PLACES.flatMap(([from, openFrom]) => PLACES.map(([to, openTo]) => [from, to, openFrom, openTo] as const))

const places: Place[] = []
let storage: Storage | undefined

afterEach(async () => {
  await storage?.close()
  await Promise.all(places.splice(0).map((place) => place.remove()))
})

async function open(openFrom: () => Promise<Place>, openTo: () => Promise<Place>): Promise<Storage> {
  const [from, to] = [await openFrom(), await openTo()]
  places.push(from, to)
  const databases = { main: from.url, vault: to.url }
  const routes = { traces: 'main', sessions: 'main', approvals: 'main', audit: 'vault' } as const
  storage = await openStorage({ databases, routes, migrate: true })
  return storage
}

describe.each(PAIRS)('approvals on %s, their audit on %s', (_, __, openFrom, openTo) => {
  it('has blocked, decided and executed of a call, once, with its trace and span', { timeout: 120_000 }, async () => {
    const { approvals, audit, ...all } = await open(openFrom, openTo)
    const asked = { id: 'call', tool: 'refund', args: { order: 7 }, agentId: 'support', runId: 'r', ...TRACE }
    await approvals.request(asked)
    await approvals.decide('call', { decision: 'approved', by: 'lena', reason: 'damaged' })
    await approvals.consume('call', { order: 7 })
    await approvals.complete('call', { outcome: 'executed' })
    const relay = auditApprovals({ approvals, audit, ...all }, { interval: 20 })
    const entriesOf = async () => (await audit.read({ approvalId: 'call' })).items.toReversed()
    await vi.waitUntil(async () => (await entriesOf()).length === 4, { timeout: 60_000, interval: 100 })
    await relay.close()
    // Another process goes on, and has nothing to tell.
    await auditApprovals({ approvals, audit, ...all }, { interval: 20 }).close()
    const entries = await entriesOf()
    expect(entries.map(({ actor, action, outcome, reason }) => [actor, action, outcome, reason])).toEqual([
      ['support', 'approval.requested', 'blocked', undefined],
      ['lena', 'approval.decided', 'approved', 'damaged'],
      ['support', 'approval.consumed', 'spent', undefined],
      ['support', 'approval.executed', 'executed', undefined],
    ])
    for (const entry of entries)
      expect(entry).toMatchObject({
        target: 'refund',
        traceId: TRACE.traceId,
        runId: 'r',
        data: { spanId: TRACE.spanId },
      })
    const { items } = await approvals.events('call')
    expect(entries.map(({ id, time }) => [id, time])).toEqual(items.map(({ id, at }) => [id, at]))
    expect(await audit.verify('approvals')).toMatchObject({ status: 'ok', entries: 4 })
  })
})

describe('an audit of approvals', () => {
  it('has who said what became of a call, where that is not the agent', async () => {
    const storage = await open(PLACES[0]![1], PLACES[0]![1])
    await storage.approvals.request({ id: 'call', tool: 'refund', type: 'audit', agentId: 'support' })
    await storage.approvals.consume('call')
    await storage.approvals.complete('call', { outcome: 'executed', by: 'noor', reason: 'the provider has it' })
    const entries = await told(storage, 3)
    expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
      ['support', 'approval.requested'],
      ['support', 'approval.consumed'],
      ['noor', 'approval.executed'],
    ])
  })

  it('does not take an entry of somebody else for its own', async () => {
    const storage = await open(PLACES[0]![1], PLACES[0]![1])
    await storage.approvals.request({ id: 'call', tool: 'refund' })
    const [event] = (await storage.approvals.events('call')).items
    await storage.audit.append([{ id: event!.id, actor: 'mallory', action: 'nothing.happened' }])
    const onError = vi.fn()
    const relay = auditApprovals(storage, { interval: 20, onError })
    await vi.waitUntil(() => onError.mock.calls.length > 0, { timeout: 60_000 })
    await vi.waitUntil(async () => (await relay.state()).failing === 1, { timeout: 60_000 })
    await relay.close()
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'conflict' }))
  })
})

/** The entries of `call`, once there are so many. */
async function told(storage: Storage, count: number): Promise<AuditEntry[]> {
  const relay = auditApprovals(storage, { interval: 20 })
  const entriesOf = async () => (await storage.audit.read({ approvalId: 'call' })).items.toReversed()
  await vi.waitUntil(async () => (await entriesOf()).length === count, { timeout: 60_000, interval: 20 })
  await relay.close()
  return entriesOf()
}
