import {
  type Approval,
  type ApprovalInput,
  type ApprovalPolicy,
  acceptApproval,
  canonicalJson,
  Fields,
  type Json,
  StoreError,
} from '@freehold/contract'
import { warnOfAny } from '../warn-of-any.js'
import { acceptWait, type WaitOptions } from './wait-for.js'

/** Which call asks, and what is shown with it. With `runId` and `toolCallId`, or with `id`, asking again is asking once. */
export type GatedCall = Pick<
  ApprovalInput,
  | 'id'
  | 'runId'
  | 'sessionId'
  | 'stepId'
  | 'toolCallId'
  | 'agentId'
  | 'teamId'
  | 'workflowId'
  | 'traceId'
  | 'spanId'
  | 'requestedBy'
  | 'context'
>

export interface GateOptions<Args> {
  /** The tool's name. */
  tool: string
  /** `required` unless told. With `audit` the tool runs at once, unless somebody rejected the call before, and the call is recorded. */
  type?: ApprovalInput['type']
  pauseType?: ApprovalInput['pauseType']
  policy?: ApprovalPolicy
  /** The fields of the arguments that bind; all of them unless told. */
  bind?: readonly (keyof Args & string)[]
  /** Which calls need an approval, true or false; all unless told. What it throws, the call throws, and the tool does not run. */
  when?(args: Args, call: GatedCall): boolean | Promise<boolean>
  /** When a call should be decided, and when it no longer can be, in milliseconds after it is asked for. */
  dueIn?: number
  expiresIn?: number
  /** Waits for the decision, so long, instead of pausing; a call that nobody decided by then is `paused`. */
  wait?: WaitOptions
  /** Told when a tool ran and that could not be written: its approval stays `consumed`. A process warning unless told. */
  onError?(error: unknown): void
}

/** What a call asks for, and as it is stored. */
export interface Asked {
  input: ApprovalInput
  accepted: Approval
}

export interface AcceptedGate<Args> extends Omit<GateOptions<Args>, 'onError'> {
  onError(error: unknown): void
}

const KNOWN = [
  'tool',
  'type',
  'pauseType',
  'policy',
  'bind',
  'when',
  'dueIn',
  'expiresIn',
  'wait',
  'onError',
] as const satisfies readonly (keyof GateOptions<unknown>)[]

/** What the store checks with every request is left to it. @throws StoreError `invalid` */
export function acceptGate<Args>(options: GateOptions<Args>): AcceptedGate<Args> {
  const fields = new Fields('gate options', options, KNOWN)
  fields.required('tool', fields.name('tool', 'exact'), 'name the tool')
  fields.integer('dueIn', 0)
  fields.integer('expiresIn', 1)
  for (const field of ['when', 'onError'])
    if (fields.has(field) && typeof fields.raw(field) !== 'function')
      fields.problem(field, 'is not a function; give one, or leave it out')
  fields.done()
  const wait = options.wait === undefined ? {} : { wait: acceptWait(options.wait) }
  return {
    ...options,
    ...wait,
    onError: options.onError ?? warnOfAny,
  }
}

const CALL_FIELDS = [
  'id',
  'runId',
  'sessionId',
  'stepId',
  'toolCallId',
  'agentId',
  'teamId',
  'workflowId',
  'traceId',
  'spanId',
  'requestedBy',
  'context',
] as const satisfies readonly (keyof GatedCall)[]

/**
 * The request that a call makes, checked, its arguments a copy of what was given: what is asked for, spent and run is one thing. What
 * binds, who decides and whether anybody has to is said by the gate alone: a call comes from outside.
 * @throws StoreError `invalid`
 */
export function requestOf<Args>(options: AcceptedGate<Args>, args: Args, call: GatedCall): Asked {
  const { tool, type, pauseType, policy, bind, dueIn, expiresIn } = options
  const fields = new Fields('call', call, CALL_FIELDS)
  fields.done()
  const now = Date.now()
  const told = {
    ...Object.fromEntries(CALL_FIELDS.map((field) => [field, fields.raw(field)])),
    type,
    pauseType,
    policy,
    bind,
    dueAt: dueIn === undefined ? undefined : now + dueIn,
    expiresAt: expiresIn === undefined ? undefined : now + expiresIn,
    tool,
    args: args as Json,
  }
  const input = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as ApprovalInput
  const accepted = acceptApproval(input, now)
  return { input: { ...input, args: accepted.args }, accepted }
}

/** What makes an approval one of this gate. */
const OWN = ['tool', 'type', 'pauseType', 'bind', 'policy'] as const satisfies (keyof Approval)[]

/** @throws StoreError `conflict` where another gate asked for the approval, or this one under other terms */
export function requireOwn(approval: Approval, { accepted }: Asked): void {
  const other = OWN.find((field) => canonicalJson(approval[field] as Json) !== canonicalJson(accepted[field] as Json))
  if (other !== undefined)
    throw new StoreError(
      'conflict',
      `the approval has another ${other} than this gate; do not run the tool, request it here`,
    )
}
