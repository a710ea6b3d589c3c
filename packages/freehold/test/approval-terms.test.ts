import { createHash } from 'node:crypto'
import { auditApprovals, openStorage, type Storage } from 'freehold'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const places: Place[] = []
let storage: Storage

afterEach(async () => {
  await storage.close()
  await Promise.all(places.splice(0).map((place) => place.remove()))
})

async function open(openPlace: () => Promise<Place>): Promise<Storage> {
  const place = await openPlace()
  places.push(place)
  storage = await openStorage(place.url, { migrate: true })
  return storage
}

/** The data of all entries of an approval, once there are so many. */
async function dataOf(id: string, count: number) {
  const relay = auditApprovals(storage, { interval: 20 })
  const read = async () => (await storage.audit.read({ approvalId: id })).items.toReversed()
  await vi.waitUntil(async () => (await read()).length === count, { timeout: 60_000, interval: 20 })
  await relay.close()
  return (await read()).map(({ data }) => data)
}

const people = (count: number, of: string) => Array.from({ length: count }, (_, i) => `${of} ${1_000 + i}`)

describe.each(PLACES)('the terms of an approval on %s', (_, openPlace) => {
  it('are in the entry of its request, and in no other', { timeout: 120_000 }, async () => {
    const { approvals, audit } = await open(openPlace)
    const policy = {
      quorum: 2,
      approvers: ['maria', 'noor'],
      escalation: [{ after: 60_000, approvers: ['head'] }],
      excludeRequester: true,
      onExpiry: 'rejected' as const,
    }
    const [dueAt, expiresAt] = [Date.now() + 3_600_000, Date.now() + 7_200_000.25]
    await approvals.request({ id: 'call', tool: 'refund', requestedBy: 'ada', policy, dueAt, expiresAt })
    await approvals.decide('call', { decision: 'rejected', by: 'maria' })
    const [asked, decided] = await dataOf('call', 2)
    expect(asked).toMatchObject({ seq: 1, policy, dueAt, expiresAt })
    expect(Object.keys(decided!).sort()).toEqual(['argsHash', 'seq'])
    expect(await audit.verify('approvals')).toMatchObject({ status: 'ok', entries: 2 })
  })
})

describe('the terms of an approval', () => {
  it('are not there where none were set', async () => {
    const { approvals } = await open(PLACES[0]![1])
    await approvals.request({ id: 'call', policy: {} })
    const [asked] = await dataOf('call', 1)
    expect(Object.keys(asked!).sort()).toEqual(['argsHash', 'seq'])
  })

  it('have the number and the hash of more approvers than fifty', async () => {
    const { approvals } = await open(PLACES[0]![1])
    const [many, few] = [people(51, 'approver'), people(50, 'head')]
    const escalation = [
      { after: 1_000, approvers: few },
      { after: 2_000, approvers: people(1_000, 'anybody') },
    ]
    await approvals.request({ id: 'call', policy: { approvers: many, escalation } })
    const [asked] = await dataOf('call', 1)
    const hashed = (names: string[]) => ({
      count: names.length,
      sha256: createHash('sha256').update(JSON.stringify(names)).digest('hex'),
    })
    expect(asked!.policy).toEqual({
      approvers: hashed(many),
      escalation: [
        { after: 1_000, approvers: few },
        { after: 2_000, approvers: hashed(people(1_000, 'anybody')) },
      ],
    })
  })

  it('are no conflict where another build told of the request without them', async () => {
    const { approvals, audit, relay } = await open(PLACES[0]![1])
    const asked = await approvals.request({ id: 'call', tool: 'refund', policy: { quorum: 2 } })
    const [event] = (await approvals.events('call')).items
    const { id, at: time } = event!
    const { argsHash } = asked
    const before = { id, stream: 'approvals', time, actor: 'agent', action: 'approval.requested', approvalId: 'call' }
    await audit.append([{ ...before, target: 'refund', outcome: 'blocked', data: { seq: 1, argsHash } }])
    await approvals.decide('call', { decision: 'rejected', by: 'maria' })
    const [first] = await dataOf('call', 2)
    expect(first).toEqual({ seq: 1, argsHash })
    expect(await relay.state('freehold:audit')).toMatchObject({ waiting: 0, failing: 0 })
  })
})
