import type { Approval } from '../approval.js'
import { StoreError } from '../errors.js'

/** What decides whether every consumer was told of an approval. */
export interface Telling {
  /** How many consumers there are. */
  consumers: number
  /** How many of them still look for what happened before they registered. */
  behind: number
  /** As it is stored, which may be before its end. */
  status: Approval['status']
  version: number
  /** Up to which version it was handed out; absent when something is left of it. */
  settled: number | undefined
  /** How many consumers were not told of all that was handed out. */
  waiting: number
}

/** @throws StoreError `conflict` for an approval that is still to be decided */
export function refusePending({ status }: Approval): void {
  if (status !== 'pending') return
  throw new StoreError('conflict', 'the approval is still to be decided; decide or cancel it, then remove it')
}

/** @throws StoreError `conflict` when a consumer is to be told of something yet */
export function refuseUntold({ consumers, behind, status, version, settled, waiting }: Telling): void {
  const isHandedOut = status !== 'pending' && settled === version
  if (consumers === 0 || (behind === 0 && isHandedOut && waiting === 0)) return
  throw new StoreError(
    'conflict',
    'somebody who is to be told of approvals (by auditApprovals, onApproval, or another consumer of the relay) was not told yet of all that happened to this one; have them told, or unregister the consumer, then remove it',
    { retryable: true },
  )
}
