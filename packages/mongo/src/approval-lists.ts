import type { ApprovalQuery } from '@freehold/contract'
import type { Document } from 'mongodb'
import { whereStatus } from './documents/approvals.js'
import { allOf, whereBetween, whereEqual } from './listing.js'

/** Approvals that meet these filters. */
export function approvalsThat(tenant: string, { from, to, status, ...equal }: ApprovalQuery): Document {
  return allOf(
    { '_id.tenant': tenant, ...whereEqual(equal) },
    ...whereBetween('requestedAt', { from, to }),
    ...(status === undefined ? [] : [whereStatus(status)]),
  )
}
