import { type Gated, gate, openStorage, type Storage, tellModel } from 'freehold'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLACES, type Place } from './support/places.js'

const ARGS = { order: 7 }
const CALL = { runId: 'r', toolCallId: 'c' }
const tool = () => 'refunded'

let place: Place
let storage: Storage

beforeEach(async () => {
  place = await PLACES[0]![1]()
  storage = await openStorage(place.url, { migrate: true })
})

afterEach(async () => {
  await storage.close()
  await place.remove()
})

describe('a framework that asks a gate whether a call stops', () => {
  it('is told that it does, before and after the decision', async () => {
    const refund = gate<typeof ARGS>(storage, { tool: 'refund' })
    expect(await refund.needsApproval(ARGS, CALL)).toBe(true)
    const { items } = await storage.approvals.list({ ...CALL, status: 'pending' })
    expect(items).toHaveLength(1)
    await storage.approvals.decide(items[0]!.id, { decision: 'approved', by: 'lena' })
    expect(await refund.needsApproval(ARGS, CALL)).toBe(true)
  })

  it('is told that it does not where none is needed', async () => {
    const refund = gate<typeof ARGS>(storage, { tool: 'refund', when: () => false })
    expect(await refund.needsApproval(ARGS, CALL)).toBe(false)
  })

  it('is told that it does not where the call is only recorded', async () => {
    const refund = gate<typeof ARGS>(storage, { tool: 'refund', type: 'audit' })
    expect(await refund.needsApproval(ARGS, CALL)).toBe(false)
    expect(await refund.wrap(tool)(ARGS, CALL)).toMatchObject({ status: 'ran' })
  })

  it('hears of a failure, and of no answer', async () => {
    const refund = gate<typeof ARGS>(storage, { tool: 'refund' })
    await storage.close()
    await expect(refund.needsApproval(ARGS, CALL)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a model is told', () => {
  const refund = () => gate<typeof ARGS>(storage, { tool: 'refund' })
  const call = (): Promise<Gated<string>> => refund().wrap(tool)(ARGS, { ...CALL, id: 'a' })
  const decide = (decision: 'approved' | 'rejected', reason?: string) =>
    storage.approvals.decide('a', { decision, by: 'lena', ...(reason === undefined ? {} : { reason }) })

  it('the result of a tool that ran', async () => {
    await call()
    await decide('approved')
    expect(tellModel(await call())).toBe('refunded')
  })

  it('that a person must decide', async () => {
    expect(tellModel(await call())).toBe(
      'refund did not run: it waits for a person to decide. Do not call it again for this.',
    )
  })

  it('the reason of a rejection, and not by whom', async () => {
    await call()
    await decide('rejected', 'the order was never paid')
    expect(tellModel(await call())).toBe('refund did not run: it was rejected: the order was never paid')
  })

  it('of a rejection without a reason', async () => {
    await call()
    await decide('rejected')
    expect(tellModel(await call())).toBe('refund did not run: it was rejected.')
  })

  it('that nobody decided in time', async () => {
    await storage.approvals.request({ id: 'a', ...CALL, tool: 'refund', args: ARGS, expiresAt: 1 })
    expect(tellModel(await refund().resume('a', ARGS, tool))).toBe('refund did not run: nobody decided in time.')
  })

  it('that its approval was withdrawn', async () => {
    await call()
    await storage.approvals.cancel('a', 'lena')
    expect(tellModel(await call())).toBe('refund did not run: its approval was withdrawn.')
  })

  it('that it ran before', async () => {
    await call()
    await decide('approved')
    await call()
    expect(tellModel(await call())).toBe('refund ran before for this very call, and does not run again.')
  })

  it('that it ran before and failed', async () => {
    await call()
    await decide('approved')
    await storage.approvals.consume('a', ARGS)
    await storage.approvals.complete('a', { outcome: 'failed' })
    expect(tellModel(await call())).toBe('refund ran before for this very call and failed, and does not run again.')
  })

  it('that it is not known whether it ran', async () => {
    await call()
    await decide('approved')
    await storage.approvals.consume('a', ARGS)
    expect(tellModel(await call())).toBe(
      'refund began to run before for this very call, and what became of that is not known yet. It does not run again.',
    )
  })
})
