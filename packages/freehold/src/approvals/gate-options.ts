import { type ApprovalInput, type ApprovalPolicy, Fields, type Json, type JsonObject } from '@freehold/contract'
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
  /** Which calls need an approval; all unless told. What it throws, the call throws, and the tool does not run. */
  when?(args: Args, call: GatedCall): boolean | Promise<boolean>
  /** When a call should be decided, and when it no longer can be, in milliseconds after it is asked for. */
  dueIn?: number
  expiresIn?: number
  /** Waits for the decision, so long, instead of pausing; a call that nobody decided by then is `paused`. */
  wait?: WaitOptions
  /** Told when a tool ran and that could not be written: its approval stays `consumed`. A process warning unless told. */
  onError?(error: unknown): void
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
  return { ...options, ...wait, onError: options.onError ?? warn }
}

/** The request that a call makes. */
export function requestOf<Args>(options: AcceptedGate<Args>, args: Args, call: GatedCall): ApprovalInput {
  const { tool, type, pauseType, policy, bind, dueIn, expiresIn } = options
  const now = Date.now()
  const told = {
    type,
    pauseType,
    policy,
    bind,
    dueAt: dueIn === undefined ? undefined : now + dueIn,
    expiresAt: expiresIn === undefined ? undefined : now + expiresIn,
  }
  const given = Object.entries(told).filter(([, value]) => value !== undefined)
  return { ...(call as JsonObject), ...Object.fromEntries(given), tool, args: args as Json }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), 'FreeholdWarning')
}
