import {
  APPROVAL_TYPES,
  type Approval,
  type ApprovalInput,
  type ApprovalPolicy,
  type Decision,
  PAUSE_TYPES,
} from '../approvals.js'
import { StoreError } from '../errors.js'
import { newId } from '../ids.js'
import type { Json } from '../json.js'
import type { Timestamp } from '../time.js'
import { argsHash, canonicalJson } from './canonical.js'
import { type Cancellation, EXPIRY_ACTOR } from './decide.js'
import { compact, Fields } from './fields.js'
import { readItems } from './fields-source.js'
import { refuseTooLargeRequest } from './sizes.js'

const APPROVAL_FIELDS = [
  'id',
  'type',
  'pauseType',
  'runId',
  'sessionId',
  'stepId',
  'toolCallId',
  'tool',
  'agentId',
  'teamId',
  'workflowId',
  'args',
  'requestedBy',
  'policy',
  'context',
  'dueAt',
  'expiresAt',
]
/** Most approvers a policy names. */
const MAX_APPROVERS = 1000

/** The approval that a request asks for, as it is stored when nothing is there yet. @throws StoreError `invalid` */
export function acceptApproval(input: ApprovalInput, now: Timestamp): Approval {
  const fields = new Fields('approval', input, APPROVAL_FIELDS, 'strict', '', ['args'])
  // What is compared when the approval is asked for again, or spent, is what was given.
  const args = fields.json('args', 'exact')
  const requestedBy = fields.id('requestedBy')
  const approval: Approval = compact({
    id: fields.id('id') ?? newId(),
    type: fields.choice('type', APPROVAL_TYPES) ?? 'required',
    pauseType: fields.choice('pauseType', PAUSE_TYPES) ?? 'confirmation',
    status: 'pending' as const,
    runId: fields.id('runId'),
    sessionId: fields.id('sessionId'),
    stepId: fields.id('stepId'),
    toolCallId: fields.id('toolCallId'),
    tool: fields.name('tool', 'exact'),
    agentId: fields.id('agentId'),
    teamId: fields.id('teamId'),
    workflowId: fields.id('workflowId'),
    args,
    argsHash: argsHash(args),
    requestedBy,
    requestedAt: now,
    policy: policyOf(fields, requestedBy),
    votes: [],
    context: fields.object('context'),
    dueAt: fields.time('dueAt'),
    expiresAt: fields.time('expiresAt'),
    version: 1,
  })
  if (fields.has('toolCallId') && !fields.has('runId'))
    fields.problem('runId', 'is missing; a tool call is known by its run and its id together')
  fields.done()
  const marked = { ...approval, ...fields.marks() }
  refuseTooLargeRequest(marked)
  return marked
}

/** What makes two requests the same; a repeat may well name other times, and brings its context anew. */
const SAME_IN = [
  'runId',
  'stepId',
  'toolCallId',
  'tool',
  'argsHash',
  'type',
  'pauseType',
  'sessionId',
  'agentId',
  'teamId',
  'workflowId',
  'requestedBy',
  'policy',
] as const satisfies (keyof Approval)[]

/**
 * What a request gets that met an approval which is already there, by id or by tool call.
 * @throws StoreError `conflict` when it is the same tool call with other arguments, tool or policy, `already_exists` when
 * the id belongs to something else.
 */
export function sameRequest(wanted: Approval, stored: Approval): Approval {
  const differs = SAME_IN.find((field) => canonicalJson(wanted[field] as Json) !== canonicalJson(stored[field] as Json))
  if (differs === undefined) return stored
  const isCall = wanted.runId !== undefined && wanted.toolCallId !== undefined
  if (isCall && (['runId', 'toolCallId', 'stepId'] as const).every((field) => wanted[field] === stored[field]))
    throw new StoreError(
      'conflict',
      `this tool call was requested with another ${differs}; ask again as a new tool call, or in another stepId`,
    )
  throw new StoreError('already_exists', 'the approval id is taken by another request; use a new id')
}

/** @throws StoreError `invalid` */
export function acceptDecision(decision: Decision): Decision & { repairs?: Approval['repairs'] } {
  const fields = new Fields('decision', decision, ['decision', 'by', 'reason', 'resolution'], 'strict', '', [
    'resolution',
  ])
  const accepted = compact({
    decision: fields.required(
      'decision',
      fields.choice('decision', ['approved', 'rejected'] as const),
      'give approved or rejected',
    ),
    by: fields.required('by', fields.id('by'), 'name who decides'),
    reason: fields.text('reason'),
    resolution: fields.json('resolution'),
  })
  if (accepted.by === EXPIRY_ACTOR) fields.problem('by', RESERVED)
  fields.done()
  return { ...accepted, ...fields.marks() }
}

/** Who withdraws, and why. @throws StoreError `invalid` */
export function acceptCancellation(by: string, reason?: string): Cancellation {
  const fields = new Fields('cancellation', { by, reason }, ['by', 'reason'])
  const accepted = compact({
    by: fields.required('by', fields.id('by'), 'name who cancels'),
    reason: fields.text('reason'),
  })
  if (accepted.by === EXPIRY_ACTOR) fields.problem('by', RESERVED)
  fields.done()
  return { ...accepted, ...fields.marks() }
}

/** The hash of the arguments that a tool is about to run with. @throws StoreError `invalid` */
export function acceptArgs(args: Json | undefined): string {
  const fields = new Fields('consume', { args }, ['args'], 'exact', '', ['args'])
  const clean = fields.json('args')
  fields.done()
  return argsHash(clean)
}

const RESERVED = 'is reserved for approvals that nobody decided in time; give an id of your own'

function policyOf(fields: Fields, requestedBy: string | undefined): ApprovalPolicy {
  if (!fields.has('policy')) return {}
  const known = ['quorum', 'approvers', 'excludeRequester', 'onExpiry']
  const policy = new Fields('policy', fields.raw('policy'), known, 'strict', 'policy')
  const read: ApprovalPolicy = compact({
    quorum: policy.integer('quorum', 1, MAX_APPROVERS),
    approvers: approversOf(policy),
    excludeRequester: policy.flag('excludeRequester'),
    onExpiry: policy.choice('onExpiry', ['expired', 'rejected'] as const),
  })
  if (read.excludeRequester && requestedBy === undefined)
    policy.problem('excludeRequester', 'excludes nobody; say who asks in requestedBy')
  const eligible = read.approvers?.filter((approver) => !(read.excludeRequester && approver === requestedBy)).length
  if (eligible !== undefined && eligible < (read.quorum ?? 1))
    policy.problem('quorum', `cannot be met by ${eligible} eligible approvers; name more or lower it`)
  fields.take(policy)
  return read
}

function approversOf(policy: Fields): string[] | undefined {
  const list = policy.raw('approvers')
  if (list === undefined || list === null) return undefined
  const items = readItems(list, MAX_APPROVERS, 'ids')
  if (typeof items === 'string') return policy.problem('approvers', items)
  const ids = items.map((value, index) => {
    const one = new Fields('policy', { [index]: value }, [String(index)], 'strict', 'policy.approvers')
    const id = one.required(String(index), one.id(String(index)), 'give an id')
    if (id === EXPIRY_ACTOR) one.problem(String(index), RESERVED)
    policy.take(one)
    return id
  })
  return [...new Set(ids)].sort()
}
