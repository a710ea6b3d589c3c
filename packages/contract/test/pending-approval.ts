import type { Approval, Decision } from '../src/approval.js'

export const NOW = 1000
export const HASH = 'a'.repeat(64)

export const pending = (fields: Partial<Approval> = {}): Approval => ({
  id: 'one',
  type: 'required',
  pauseType: 'confirmation',
  status: 'pending',
  requestedAt: 1,
  version: 1,
  argsHash: HASH,
  policy: {},
  votes: [],
  ...fields,
})
export const yes = (by: string, more: Partial<Decision> = {}): Decision => ({ decision: 'approved', by, ...more })
export const no = (by: string, more: Partial<Decision> = {}): Decision => ({ decision: 'rejected', by, ...more })
export const vote = (by: string, decision: 'approved' | 'rejected' = 'approved') => ({ by, decision, at: 1 })
export const ENDED = ['approved', 'rejected', 'expired', 'cancelled', 'consumed'] as const
