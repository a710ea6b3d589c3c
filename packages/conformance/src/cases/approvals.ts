import type { Chapter } from '../case.js'
import { completingCases } from './approvals-completing.js'
import { decisionCases } from './approvals-deciding.js'
import { approvalEventCases } from './approvals-events.js'
import { approvalReadingCases } from './approvals-reading.js'
import { removingApprovalCases } from './approvals-removing.js'
import { requestCases } from './approvals-requesting.js'
import { spendingCases } from './approvals-spending.js'
import { waitingCases } from './approvals-waiting.js'

/** What a person must decide before an agent acts. */
export const approvalCases: Chapter = {
  name: 'approvals',
  cases: [
    ...requestCases,
    ...decisionCases,
    ...spendingCases,
    ...completingCases,
    ...approvalReadingCases,
    ...approvalEventCases,
    ...waitingCases,
    ...removingApprovalCases,
  ],
}
