import type { Approval, ApprovalPolicy, Escalation } from '../approval.js'
import { StoreError } from '../errors.js'
import { EXPIRY_ACTOR } from './decide.js'
import { compact, Fields } from './fields.js'
import { readItems } from './fields-source.js'

/** Most approvers a policy names, and most steps of its escalation. */
const [MAX_APPROVERS, MAX_STEPS] = [1000, 10]
/** Longest time before it escalates, in milliseconds: a hundred years. */
const LATE = 3_153_600_000_000

/** Of an id that no person may have. */
export const RESERVED = 'is reserved for approvals that nobody decided in time; give an id of your own'

/** Whom an approval asks, and what for. What is wrong with it is told among the problems of `fields`. */
export function policyOf(fields: Fields, requestedBy: string | undefined): ApprovalPolicy {
  if (!fields.has('policy')) return {}
  const known = ['quorum', 'approvers', 'escalation', 'excludeRequester', 'onExpiry']
  const policy = new Fields('policy', fields.raw('policy'), known, 'strict', 'policy')
  const read: ApprovalPolicy = compact({
    quorum: policy.integer('quorum', 1, MAX_APPROVERS),
    approvers: approversOf(policy, 'policy'),
    escalation: escalationOf(policy),
    excludeRequester: policy.flag('excludeRequester'),
    onExpiry: policy.choice('onExpiry', ['expired', 'rejected'] as const),
  })
  if (read.excludeRequester && requestedBy === undefined)
    policy.problem('excludeRequester', 'excludes nobody; say who asks in requestedBy')
  if (read.escalation !== undefined && read.approvers === undefined)
    policy.problem(
      'approvers',
      'are missing, so anybody may vote from the start; name those who may before it escalates',
    )
  const eligible = eligibleIn(read, requestedBy)
  if (eligible !== undefined && eligible < (read.quorum ?? 1))
    policy.problem('quorum', `cannot be met by ${eligible} eligible approvers; name more or lower it`)
  fields.take(policy)
  return read
}

/**
 * Why a new approval is refused: too many of those who make up its quorum may vote only when nobody may any more. A repeat is not,
 * since what counts is when it was asked for first.
 */
export function quorumTooLate({ policy, requestedBy, requestedAt, expiresAt }: Approval): StoreError | undefined {
  if (policy.escalation === undefined || expiresAt === undefined) return undefined
  const escalation = policy.escalation.filter(({ after }) => requestedAt + after < expiresAt)
  const eligible = eligibleIn({ ...policy, escalation }, requestedBy)
  if (eligible === undefined || eligible >= (policy.quorum ?? 1)) return undefined
  const message = `cannot be met by ${eligible} approvers who may vote before expiresAt; name more, lower it, or let it escalate before`
  return StoreError.invalid('approval', [{ field: 'policy.quorum', message }])
}

/** How many may vote in the end; `undefined` is anybody. */
function eligibleIn({ approvers, escalation = [], excludeRequester }: ApprovalPolicy, requestedBy?: string) {
  if (approvers === undefined) return undefined
  const all = new Set([...approvers, ...escalation.flatMap((step) => step.approvers)])
  if (excludeRequester && requestedBy !== undefined) all.delete(requestedBy)
  return all.size
}

function escalationOf(policy: Fields): Escalation[] | undefined {
  const given = policy.raw('escalation')
  if (given === undefined || given === null) return undefined
  const items = readItems(given, MAX_STEPS, 'steps')
  if (typeof items === 'string') return policy.problem('escalation', items)
  const steps = items.map((item, i) => {
    const path = `policy.escalation[${i}]`
    const one = new Fields('escalation', item, ['after', 'approvers'], 'strict', path)
    const isOne = one.problems.length === 0
    const after = one.integer('after', 1, LATE)
    const approvers = approversOf(one, path)
    if (isOne) one.required('after', after, 'give milliseconds since the request')
    if (isOne) one.required('approvers', approvers, 'name who may vote then')
    policy.take(one)
    return { after: after ?? LATE, approvers: approvers ?? [] }
  })
  const early = steps.findIndex(({ after }, i) => i > 0 && after <= steps[i - 1]!.after)
  if (early > 0)
    policy.problem(`escalation[${early}].after`, 'is not later than the step before; order the steps by time')
  return steps
}

function approversOf(fields: Fields, path: string): string[] | undefined {
  const list = fields.raw('approvers')
  if (list === undefined || list === null) return undefined
  const items = readItems(list, MAX_APPROVERS, 'ids')
  if (typeof items === 'string') return fields.problem('approvers', items)
  const ids = items.map((value, index) => {
    const one = new Fields('policy', { [index]: value }, [String(index)], 'strict', `${path}.approvers`)
    const id = one.required(String(index), one.id(String(index)), 'give an id')
    if (id === EXPIRY_ACTOR) one.problem(String(index), RESERVED)
    fields.take(one)
    return id
  })
  return [...new Set(ids)].sort()
}
