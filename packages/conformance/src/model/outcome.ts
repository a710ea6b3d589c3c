import { StoreError, type TenantStorage } from '@freehold/contract'
import type { Call } from './call.js'

/** Fields that a store stamps with its own clock, or with an id of its own making. */
const STAMPED = new Set(['createdAt', 'updatedAt', 'requestedAt', 'oldest', 'at'])

/** What a call told its caller: its answer or its refusal, without what differs from store to store. */
export async function outcomeOf(call: Call, storage: TenantStorage): Promise<unknown> {
  try {
    return { answer: told(await call.on(storage), call.name) }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    const fields = [...new Set(error.problems.map(({ field }) => field))].sort()
    return { refused: error.code, retryable: error.retryable, fields }
  }
}

/** A copy with every time of the store's own as the same word. Those that the caller gave are compared. */
function told(value: unknown, call: string, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => told(item, call, path))
  if (typeof value !== 'object' || value === null) return value
  // What the caller gave is the caller's, whatever its keys are called.
  const isPayload = path.some((step) => PAYLOADS.has(step))
  const entries = Object.entries(value).map(([key, child]) => {
    const stamped = !isPayload && STAMPED.has(key) && typeof child === 'number' && !isGiven(call, path)
    const made = call === 'approvals.events' && key === 'id'
    return [key, stamped || made ? 'made by the store' : told(child, call, [...path, key])]
  })
  return Object.fromEntries(entries)
}

const PAYLOADS = new Set([
  'args',
  'context',
  'data',
  'state',
  'metadata',
  'input',
  'output',
  'messages',
  'attributes',
  'resource',
  'detail',
])

/** The times of events in a span come from the caller. */
function isGiven(call: string, path: readonly string[]): boolean {
  return call.startsWith('traces.') && path.includes('events')
}
