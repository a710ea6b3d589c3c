import type { Json, JsonObject, Repair } from './json.js'
import type { Timestamp } from './time.js'

export const APPROVAL_TYPES = ['required', 'audit'] as const
/** `required` stops the agent until it is decided; `audit` records a pause that somebody may look at, and is in no queue. */
export type ApprovalType = (typeof APPROVAL_TYPES)[number]

export const PAUSE_TYPES = ['confirmation', 'user_input', 'external_execution'] as const
export type PauseType = (typeof PAUSE_TYPES)[number]

export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'rejected',
  'expired',
  'cancelled',
  'consumed',
  'executed',
  'failed',
] as const
/**
 * `consumed` is spent: a tool was about to run, and nobody told yet what became of it. One that stays so is that of a process
 * that died. `executed` and `failed` tell it.
 */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number]

/** Who may vote too when nobody decided for so long. */
export interface Escalation {
  /** In milliseconds since the request, by the database's clock; at least 1, and more than that of the step before. */
  after: number
  /** They join those who could vote before. */
  approvers: readonly string[]
}

export interface ApprovalPolicy {
  /** How many distinct people, by the bytes of `by`, must approve, of those who may before the approval expires; 1 unless told. One rejection rejects. */
  quorum?: number
  /** Who may vote; anybody unless told. */
  approvers?: readonly string[]
  /** Who may vote besides as time goes by, at most ten steps; nobody unless told. Only with `approvers`. */
  escalation?: readonly Escalation[]
  /** The one who asked (`requestedBy`, then required) may not vote; false unless told. */
  excludeRequester?: boolean
  /** What an approval becomes that nobody decided in time; `expired` unless told. Never approved. */
  onExpiry?: 'expired' | 'rejected'
}

export interface Resolution {
  by: string
  at: Timestamp
  reason?: string
  /** What the person supplied, such as the answer that a `user_input` pause waits for. */
  data?: Json
}

/** What one person decided. What was supplied with the vote that resolved the approval stands in the resolution alone. */
export interface Vote extends Resolution {
  decision: 'approved' | 'rejected'
}

/** What paused, and where. */
export interface PausedCall {
  runId?: string
  sessionId?: string
  /** The step of the run (model turn, message) that made the call: some providers use a tool call id again in another. */
  stepId?: string
  toolCallId?: string
  tool?: string
  agentId?: string
  teamId?: string
  workflowId?: string
}

/** What a list of approvals shows: no arguments, no context. */
export interface ApprovalSummary extends PausedCall {
  id: string
  type: ApprovalType
  pauseType: PauseType
  status: ApprovalStatus
  requestedBy?: string
  requestedAt: Timestamp
  /** When it should be decided; a hint for queues. */
  dueAt?: Timestamp
  /** When it can no longer be decided, by the database's clock. An approval granted before then stays consumable. */
  expiresAt?: Timestamp
  /** 1 when requested; one more with every event. */
  version: number
}

export interface Approval extends ApprovalSummary {
  args?: Json
  /** The fields of `args` that the approval is bound to, sorted; all of `args` where it is absent. */
  bind?: readonly string[]
  /** SHA-256, in hex, of the RFC 8785 text of `args`, which are as they were given, or of their fields that bind; of `null` when absent. */
  argsHash: string
  /** Where the call stands in its trace. */
  traceId?: string
  spanId?: string
  policy: ApprovalPolicy
  votes: Vote[]
  resolution?: Resolution
  context?: JsonObject
  repairs?: Repair[]
}

export type ApprovalInput = PausedCall & {
  /** A UUIDv7 unless told. */
  id?: string
  type?: ApprovalType
  pauseType?: PauseType
  args?: Json
  /**
   * The top-level fields of `args` that must be the same when the approval is spent; all of `args` unless told. The others may be
   * worded anew, as a model does when it tries again. Every field is one that `args` has; at most 100 of them, each with a name of
   * at most 255 characters.
   */
  bind?: readonly string[]
  traceId?: string
  /** Only with `traceId`. */
  spanId?: string
  requestedBy?: string
  policy?: ApprovalPolicy
  context?: JsonObject
  dueAt?: Timestamp
  expiresAt?: Timestamp
}

export interface Decision {
  decision: 'approved' | 'rejected'
  /** Who decides: the authenticated person, never a field of their request. */
  by: string
  /** At most 10,000 characters. */
  reason?: string
  /** What the person supplies; it becomes the `data` of the resolution, or of a vote that others must join. */
  resolution?: Json
}

export interface DecisionResult {
  /** True for the one call that resolved the approval. */
  won: boolean
  /** The approval as it stands, with the winning resolution if there is one. */
  approval: Approval
}

/** What became of a call after its approval was spent. */
export interface Completion {
  outcome: 'executed' | 'failed'
  /** Who says so, where it is not the agent that ran it: the authenticated person who looked. */
  by?: string
  /** Why it failed; at most 10,000 characters. */
  reason?: string
}

export const APPROVAL_EVENT_TYPES = [
  'requested',
  'due',
  'escalated',
  'voted',
  'approved',
  'rejected',
  'expired',
  'cancelled',
  'consumed',
  'executed',
  'failed',
] as const
export type ApprovalEventType = (typeof APPROVAL_EVENT_TYPES)[number]

/** One step in the life of an approval: appended with the step itself, never changed. */
export interface ApprovalEvent {
  id: string
  approvalId: string
  /** 1, 2, 3 …: the `version` of the approval after it. */
  seq: number
  type: ApprovalEventType
  at: Timestamp
  by?: string
  reason?: string
}
