import { type Approval, canonicalJson, compact, type JsonObject, sha256 } from '@freehold/contract'

/** Longest list of approvers that is told by name: an entry is kept for good. */
const NAMED = 50

/** Under which terms an approval was asked for: who had to decide, and until when. None of it changes after the request. */
export function termsOf({ policy, dueAt, expiresAt }: Approval): JsonObject {
  const { approvers, escalation, ...rest } = policy
  const told = compact({
    ...rest,
    approvers: approvers && namesOf(approvers),
    escalation: escalation?.map((step) => ({ after: step.after, approvers: namesOf(step.approvers) })),
  })
  return compact({ policy: Object.keys(told).length > 0 ? told : undefined, dueAt, expiresAt })
}

/** The names, or how many there are and the SHA-256, in hex, of the RFC 8785 text of their list, as the policy has it. */
function namesOf(approvers: readonly string[]): string[] | { count: number; sha256: string } {
  if (approvers.length <= NAMED) return [...approvers]
  return { count: approvers.length, sha256: sha256(canonicalJson([...approvers])) }
}
