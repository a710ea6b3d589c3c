import { type Gated, gate, openStorage, type Storage, StoreError } from 'freehold'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PLACES, type Place } from './support/places.js'

interface Refund {
  order: number
  amount: number
  note?: string
}

const ARGS: Refund = { order: 7, amount: 12.5 }
const CALL = { runId: 'r', toolCallId: 'c', requestedBy: 'agent' }

let place: Place
let storage: Storage
const tool = vi.fn(async ({ order }: Refund) => `refunded ${order}`)

const start = async (open: () => Promise<Place>) => {
  place = await open()
  storage = await openStorage(place.url, { migrate: true })
}

afterEach(async () => {
  await storage.close()
  await place.remove()
  tool.mockClear()
})

const decide = (id: string, decision: 'approved' | 'rejected' = 'approved') =>
  storage.approvals.decide(id, { decision, by: 'lena', reason: 'so' })

function idOf<T>(gated: Gated<T>): string {
  if (gated.approval === undefined) throw new Error('there is no approval')
  return gated.approval.id
}

describe.each(PLACES)('a gate on %s', (_, open) => {
  beforeEach(() => start(open))

  it('pauses, and runs the tool once when it is approved', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund' }).wrap(tool)
    const paused = await refund(ARGS, CALL)
    expect([paused.status, paused.approval?.status]).toEqual(['paused', 'pending'])
    expect(await refund(ARGS, CALL)).toEqual(paused)
    await decide(idOf(paused))
    expect(await refund(ARGS, CALL)).toMatchObject({
      status: 'ran',
      result: 'refunded 7',
      approval: { status: 'executed' },
    })
    expect(await refund(ARGS, CALL)).toMatchObject({ status: 'spent', approval: { status: 'executed' } })
    expect(tool).toHaveBeenCalledTimes(1)
    const { items } = await storage.approvals.events(idOf(paused))
    expect(items.map(({ type }) => type)).toEqual(['requested', 'approved', 'consumed', 'executed'])
  })

  it('waits for a decision that another storage makes', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund', wait: { timeout: 60_000 } }).wrap(tool)
    const other = await openStorage(place.url)
    try {
      const ran = refund(ARGS, { ...CALL, id: 'waited for' })
      await vi.waitUntil(async () => (await other.approvals.get('waited for')) !== null, { timeout: 10_000 })
      await other.approvals.decide('waited for', { decision: 'approved', by: 'lena' })
      expect(await ran).toMatchObject({ status: 'ran', result: 'refunded 7' })
    } finally {
      await other.close()
    }
  })

  it('runs nothing that was rejected, has expired or was cancelled', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund' })
    for (const id of ['rejected', 'cancelled']) await refund.request(ARGS, { id })
    await storage.approvals.request({ id: 'expired', tool: 'refund', args: { ...ARGS }, expiresAt: 1 })
    await decide('rejected', 'rejected')
    await storage.approvals.cancel('cancelled', 'lena')
    for (const id of ['rejected', 'cancelled', 'expired'])
      expect(await refund.resume(id, ARGS, tool)).toMatchObject({ status: 'refused', approval: { status: id } })
    expect(tool).not.toHaveBeenCalled()
  })
})

describe('a gate', () => {
  beforeEach(() => start(PLACES[0]![1]))

  it('is shut for other arguments than were approved', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund' })
    const { id } = (await refund.request(ARGS, CALL))!
    await decide(id)
    await expect(refund.resume(id, { ...ARGS, amount: 99 }, tool)).rejects.toMatchObject({ code: 'conflict' })
    expect(tool).not.toHaveBeenCalled()
    expect((await storage.approvals.get(id))?.status).toBe('approved')
  })

  it('is shut for an approval of another tool', async () => {
    const { id } = (await gate<Refund>(storage, { tool: 'quote' }).request(ARGS, CALL))!
    await decide(id)
    const refund = gate<Refund>(storage, { tool: 'refund' })
    await expect(refund.resume(id, ARGS, tool)).rejects.toMatchObject({ code: 'conflict' })
    expect(tool).not.toHaveBeenCalled()
    expect((await storage.approvals.get(id))?.status).toBe('approved')
  })

  it.each<[string, object, object]>([
    ['what only records', { type: 'audit' }, {}],
    ['fewer bound fields', { bind: ['order'] }, {}],
    ['a weaker policy', {}, { policy: { quorum: 2 } }],
  ])('is shut for an approval of %s', async (_, asked, own) => {
    const { id } = (await gate<Refund>(storage, { tool: 'refund', ...asked }).request(ARGS, CALL))!
    await decide(id)
    const refund = gate<Refund>(storage, { tool: 'refund', ...own })
    await expect(refund.resume(id, ARGS, tool)).rejects.toMatchObject({ code: 'conflict' })
    expect(tool).not.toHaveBeenCalled()
  })

  it.each(['type', 'bind', 'policy', 'args', 'tool'])('takes no %s of a call', async (field) => {
    const refund = gate<Refund>(storage, { tool: 'refund' }).wrap(tool)
    const call = { ...CALL, [field]: 'audit' }
    await expect(refund(ARGS, call)).rejects.toMatchObject({ code: 'invalid', problems: [{ field }] })
    expect(tool).not.toHaveBeenCalled()
  })

  it.each([undefined, null, 0, ''])('is shut when %s says whether an approval is needed', async (answer) => {
    const refund = gate<Refund>(storage, { tool: 'refund', when: () => answer as never }).wrap(tool)
    await expect(refund(ARGS, CALL)).rejects.toMatchObject({ code: 'invalid', problems: [{ field: 'when' }] })
    expect(tool).not.toHaveBeenCalled()
  })

  it('runs the tool with what was asked for, whatever becomes of the arguments meanwhile', async () => {
    const args = { ...ARGS }
    const when = async (shown: Refund) => {
      args.amount = 1_000_000
      shown.amount = 2_000_000
      return false
    }
    await gate<Refund>(storage, { tool: 'refund', when }).wrap(tool)(args, CALL)
    expect(tool).toHaveBeenCalledWith(ARGS)
  })

  it('gives the result of a tool that ran, though its listener throws', async () => {
    const onError = () => {
      throw new Error('oh')
    }
    const refund = gate<Refund>(storage, { tool: 'refund', onError })
    const { id } = (await refund.request(ARGS, CALL))!
    await decide(id)
    const closing = async () => {
      await storage.close()
      return 'refunded'
    }
    expect(await refund.resume(id, ARGS, closing)).toMatchObject({ status: 'ran', result: 'refunded' })
  })

  it('lets fields be worded anew that do not bind', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund', bind: ['order', 'amount'] })
    const { id } = (await refund.request({ ...ARGS, note: 'broken' }, CALL))!
    await decide(id)
    expect(await refund.resume(id, { ...ARGS, note: 'it is broken' }, tool)).toMatchObject({ status: 'ran' })
  })

  it('tells its approval that the tool failed, and throws what it threw', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund' })
    const { id } = (await refund.request(ARGS, CALL))!
    await decide(id)
    const failing = () => Promise.reject(new TypeError('no such order'))
    await expect(refund.resume(id, ARGS, failing)).rejects.toThrow('no such order')
    expect(await refund.resume(id, ARGS, tool)).toMatchObject({ status: 'spent', approval: { status: 'failed' } })
    expect((await storage.approvals.events(id)).items.at(-1)).toMatchObject({
      type: 'failed',
      reason: 'TypeError: no such order',
    })
  })

  it('does not stand in the way of what needs no approval', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund', when: ({ amount }) => amount > 50 }).wrap(tool)
    expect(await refund(ARGS, CALL)).toEqual({ status: 'ran', result: 'refunded 7' })
    expect(await storage.approvals.count()).toBe(0)
  })

  it('is shut when what asks whether an approval is needed throws', async () => {
    const when = () => {
      throw new Error('who knows')
    }
    const refund = gate<Refund>(storage, { tool: 'refund', when }).wrap(tool)
    await expect(refund(ARGS, CALL)).rejects.toThrow('who knows')
    expect(tool).not.toHaveBeenCalled()
  })

  it('only records what is of type audit', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund', type: 'audit' }).wrap(tool)
    const ran = await refund(ARGS, CALL)
    expect(ran).toMatchObject({ status: 'ran', approval: { status: 'executed', type: 'audit' } })
    const { items } = await storage.approvals.events(idOf(ran))
    expect(items.map(({ type }) => type)).toEqual(['requested', 'consumed', 'executed'])
  })

  it('pauses when nobody decides in time', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund', wait: { timeout: 50 } }).wrap(tool)
    expect(await refund(ARGS, CALL)).toMatchObject({ status: 'paused', approval: { status: 'pending' } })
  })

  it('stops waiting when it is told to', async () => {
    const stopping = new AbortController()
    const refund = gate<Refund>(storage, { tool: 'refund', wait: { signal: stopping.signal } }).wrap(tool)
    const waiting = refund(ARGS, CALL)
    stopping.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('is shut when the database fails', async () => {
    const refund = gate<Refund>(storage, { tool: 'refund' })
    const { id } = (await refund.request(ARGS, CALL))!
    await decide(id)
    await storage.close()
    await expect(refund.resume(id, ARGS, tool)).rejects.toSatisfy((error) => StoreError.is(error, 'unavailable'))
    await expect(refund.wrap(tool)(ARGS, CALL)).rejects.toSatisfy((error) => StoreError.is(error, 'unavailable'))
    expect(tool).not.toHaveBeenCalled()
  })

  it('gives the result of a tool that ran, and tells that this could not be written', async () => {
    const onError = vi.fn()
    const refund = gate<Refund>(storage, { tool: 'refund', onError })
    const { id } = (await refund.request(ARGS, CALL))!
    await decide(id)
    const closing = async () => {
      await storage.close()
      return 'refunded'
    }
    const ran = await refund.resume(id, ARGS, closing)
    expect(ran).toMatchObject({ status: 'ran', result: 'refunded', approval: { status: 'consumed' } })
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'unavailable' }))
  })

  it.each([
    ['no tool', {}, ['tool']],
    ['what no gate knows', { tool: 't', polcy: {} }, ['polcy']],
    ['no function', { tool: 't', when: true, onError: 5 }, ['when', 'onError']],
    ['times that are none', { tool: 't', dueIn: -1, expiresIn: 0 }, ['dueIn', 'expiresIn']],
    ['a wait that is none', { tool: 't', wait: { timeout: 0 } }, ['timeout']],
  ])('refuses %s', (_, options, fields) => {
    const attempt = () => gate(storage, options as never)
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid' }))
    try {
      attempt()
    } catch (error) {
      expect((error as StoreError).problems.map(({ field }) => field)).toEqual(fields)
    }
  })
})
