import assert from 'node:assert/strict'
import type { ApprovalRelay, Delivery, Settlement } from '@freehold/contract'

/** Who takes, where nobody else does. */
export const HOLDER = 'teller'

/** What is taken for a consumer, which nobody else holds. */
export async function taken(relay: ApprovalRelay, consumer: string, holder = HOLDER): Promise<Delivery[]> {
  const deliveries = await relay.take(consumer, holder)
  assert.ok(deliveries, `${consumer} is held by another than ${holder}`)
  return deliveries
}

/** The types of the events of each approval. */
export function typesOf(deliveries: readonly Delivery[]): Record<string, string[]> {
  return Object.fromEntries(deliveries.map(({ approval, events }) => [approval.id, events.map(({ type }) => type)]))
}

/** That all of it was told. */
export function allTold({ tenant, approval, events }: Delivery): Settlement {
  const { id: approvalId, requestedAt } = approval
  return { tenant, approvalId, requestedAt, seq: Math.max(0, ...events.map(({ seq }) => seq)) }
}

/** That none of it could be told. */
export function failed({ tenant, approval, events }: Delivery, retryIn: number): Settlement {
  return { tenant, approvalId: approval.id, seq: events[0]!.seq - 1, failure: { reason: 'out of order', retryIn } }
}

/** Takes and settles until there is no more; resolves to all that was told. */
export async function tellAll(relay: ApprovalRelay, consumer: string, holder = HOLDER): Promise<Delivery[]> {
  const told: Delivery[] = []
  for (let round = 0; round < 100; round++) {
    const deliveries = await taken(relay, consumer, holder)
    if (deliveries.length === 0) return told
    told.push(...deliveries)
    await relay.settle(consumer, deliveries.map(allTold))
  }
  assert.fail(`${consumer} is told again and again of what was settled`)
}
