import type { Approval } from '@freehold/contract'

/** The tool ran, now and here. */
export interface Ran<T> {
  status: 'ran'
  result: T
  /** Absent where none was needed. */
  approval?: Approval
}

/** A person must decide first. Come back with the approval's id: `gate.resume(approval.id, args, tool)`. */
export interface Paused {
  status: 'paused'
  approval: Approval
}

/** The tool must not run: rejected, expired or cancelled; `approval.resolution` says by whom and why. */
export interface Refused {
  status: 'refused'
  approval: Approval
}

/**
 * The approval was spent before: the tool ran, or is running, or its process died while it did. That is told by the approval's status:
 * `executed`, `failed`, or `consumed` for as long as nobody told what became of it. It is never run again by itself.
 */
export interface Spent {
  status: 'spent'
  approval: Approval
}

/** What became of a call at a gate. */
export type Gated<T> = Ran<T> | Paused | Refused | Spent

/** What an approval that cannot be spent now comes to; `undefined` for one that can. */
export function closedBy(approval: Approval): Paused | Refused | Spent | undefined {
  switch (approval.status) {
    case 'approved':
      return undefined
    case 'pending':
      return approval.type === 'audit' ? undefined : { status: 'paused', approval }
    case 'consumed':
    case 'executed':
    case 'failed':
      return { status: 'spent', approval }
    default:
      return { status: 'refused', approval }
  }
}
