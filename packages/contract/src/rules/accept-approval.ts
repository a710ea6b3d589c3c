import {
  APPROVAL_TYPES,
  type Approval,
  type ApprovalInput,
  type Completion,
  type Decision,
  PAUSE_TYPES,
} from '../approval.js'
import { StoreError } from '../errors.js'
import { newId } from '../ids.js'
import type { Json } from '../json.js'
import type { Timestamp } from '../time.js'
import { policyOf, RESERVED } from './accept-policy.js'
import { boundHash } from './bound.js'
import { canonicalJson } from './canonical.js'
import { type Cancellation, EXPIRY_ACTOR } from './decide.js'
import { compact, Fields } from './fields.js'
import { isJsonObject } from './fields-json.js'
import { readItems } from './fields-source.js'
import { refuseTooLargeRequest } from './sizes.js'
import { shownName } from './text.js'

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
  'bind',
  'traceId',
  'spanId',
  'requestedBy',
  'policy',
  'context',
  'dueAt',
  'expiresAt',
]
/** Most fields that bind, and most ids that are asked for at once. */
const [MAX_BOUND, MAX_IDS] = [100, 1000]
/** Longest name of a field that binds, in characters: every entry of an audit of what happens to the approval repeats it. */
const MAX_BOUND_NAME = 255

/** The approval that a request asks for, as it is stored when nothing is there yet. @throws StoreError `invalid` */
export function acceptApproval(input: ApprovalInput, now: Timestamp): Approval {
  const fields = new Fields('approval', input, APPROVAL_FIELDS, 'strict', '', ['args'])
  // What is compared when the approval is asked for again, or spent, is what was given.
  const args = fields.json('args', 'exact')
  const bind = boundOf(fields, args)
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
    bind,
    argsHash: boundHash(args, bind),
    traceId: fields.hex('traceId', 32),
    spanId: fields.hex('spanId', 16),
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
  if (fields.has('spanId') && !fields.has('traceId'))
    fields.problem('traceId', 'is missing; a span is known by its trace and its id together')
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
  'bind',
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
      `this tool call was requested with ${differs === 'argsHash' ? 'other arguments' : `another ${differs}`}; ask again as a new tool call, or in another stepId`,
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

/** The arguments that a tool is about to run with. @throws StoreError `invalid` */
export function acceptArgs(args: Json | undefined): { args: Json | undefined } {
  const fields = new Fields('consume', { args }, ['args'], 'exact', '', ['args'])
  const clean = fields.json('args')
  fields.done()
  return { args: clean }
}

/** @throws StoreError `invalid` */
export function acceptCompletion(completion: Completion): Completion & { repairs?: Approval['repairs'] } {
  const fields = new Fields('completion', completion, ['outcome', 'by', 'reason'])
  const outcomes = ['executed', 'failed'] as const
  const accepted = compact({
    outcome: fields.required('outcome', fields.choice('outcome', outcomes), 'give executed or failed'),
    by: fields.id('by'),
    reason: fields.text('reason'),
  })
  if (accepted.by === EXPIRY_ACTOR) fields.problem('by', RESERVED)
  fields.done()
  return { ...accepted, ...fields.marks() }
}

/** The ids that are asked for, each once. @throws StoreError `invalid` */
export function acceptIds(ids: readonly string[]): string[] {
  const fields = new Fields('approvals', { ids }, ['ids'])
  const items = readItems(ids, MAX_IDS, 'ids')
  if (typeof items === 'string') fields.problem('ids', items)
  const read = typeof items === 'string' ? [] : items
  const accepted = read.map((value, index) => {
    const one = new Fields('approvals', { [index]: value }, [String(index)], 'strict', 'ids')
    const id = one.required(String(index), one.id(String(index)), 'give an id')
    fields.take(one)
    return id
  })
  fields.done()
  return [...new Set(accepted)]
}

/** @throws StoreError `invalid` */
export function acceptListener<T>(heard: T): T {
  if (typeof heard === 'function') return heard
  throw StoreError.invalid('watch', [{ field: 'heard', message: 'is no function; give what is to be called' }])
}

/** A field that is misspelt would bind nothing: each is one that there is. */
function boundOf(fields: Fields, args: Json | undefined): string[] | undefined {
  const given = fields.raw('bind')
  if (given === undefined || given === null) return undefined
  const names = readItems(given, MAX_BOUND, 'names of fields')
  if (typeof names === 'string') return fields.problem('bind', names)
  if (names.length === 0) return fields.problem('bind', 'names no field; leave it out to bind all arguments')
  for (const [i, name] of names.entries()) {
    if (typeof name !== 'string') fields.problem(`bind[${i}]`, 'is no text; name a field of args')
    else if (name.length > MAX_BOUND_NAME)
      fields.problem(
        `bind[${i}]`,
        `has ${name.length} characters; at most ${MAX_BOUND_NAME} are kept, shorten the name of the field`,
      )
    else if (!isJsonObject(args) || !Object.hasOwn(args, name))
      fields.problem(`bind[${i}]`, `names ${shownName(name)}, which args do not have; name a field of args`)
  }
  return [...new Set(names as string[])].sort()
}
