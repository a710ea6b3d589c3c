import type { Approval } from '@freehold/contract'
import type { Gated } from './gated.js'

/**
 * What a model is told of a call at a gate: the result of the tool that ran, or one sentence that says why it did not, and what a
 * person gave as the reason. Who decided is not told.
 */
export function tellModel<T>(gated: Gated<T>): T | string {
  if (gated.status === 'ran') return gated.result
  return `${gated.approval.tool ?? 'The tool'} ${sentenceOf(gated.approval)}`
}

function sentenceOf({ status, resolution }: Approval): string {
  switch (status) {
    case 'pending':
      return 'did not run: it waits for a person to decide. Do not call it again for this.'
    case 'rejected':
      return `did not run: it was rejected${resolution?.reason === undefined ? '.' : `: ${resolution.reason}`}`
    case 'expired':
      return 'did not run: nobody decided in time.'
    case 'cancelled':
      return 'did not run: its approval was withdrawn.'
    case 'executed':
      return 'ran before for this very call, and does not run again.'
    case 'failed':
      return 'ran before for this very call and failed, and does not run again.'
    default:
      return 'began to run before for this very call, and what became of that is not known yet. It does not run again.'
  }
}
