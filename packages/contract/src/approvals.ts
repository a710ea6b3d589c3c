import type { Json, JsonObject, Repair } from './json.js'
import type { Page, PageRequest } from './page.js'
import type { Timestamp } from './time.js'

export const APPROVAL_TYPES = ['required', 'audit'] as const
/** `required` stops the agent until it is decided; `audit` records a pause that somebody may look at, and is in no queue. */
export type ApprovalType = (typeof APPROVAL_TYPES)[number]

export const PAUSE_TYPES = ['confirmation', 'user_input', 'external_execution'] as const
export type PauseType = (typeof PAUSE_TYPES)[number]

export const APPROVAL_STATUSES = ['pending', 'approved', 'rejected', 'expired', 'cancelled', 'consumed'] as const
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number]

export interface ApprovalPolicy {
  /** How many distinct people must approve; 1 unless told. One rejection rejects. */
  quorum?: number
  /** Who may vote; anybody unless told. */
  approvers?: readonly string[]
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
  /** SHA-256, in hex, of the RFC 8785 text of `args`, which are as they were given; of `null` when absent. */
  argsHash: string
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

export const APPROVAL_EVENT_TYPES = [
  'requested',
  'voted',
  'approved',
  'rejected',
  'expired',
  'cancelled',
  'consumed',
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

export interface ApprovalQuery extends PausedCall {
  type?: ApprovalType
  pauseType?: PauseType
  status?: ApprovalStatus
  requestedBy?: string
  /** Requested at or after. */
  from?: Timestamp
  /** Requested before. */
  to?: Timestamp
}

/** How much waits for people: pending approvals of type `required`. */
export interface ApprovalQueue {
  depth: number
  /** When the oldest was requested; absent when nothing waits. */
  oldest?: Timestamp
  /** Most waiting first, then by the bytes of the name; approvals without a tool are under `''`. */
  byTool: { tool: string; depth: number; oldest: Timestamp }[]
}

export interface ApprovalWriter {
  /**
   * Asks for a decision and resolves to the approval.
   *
   * - requesting an approval stores it as pending with the hash of its arguments
   * - requesting the same tool call of a run twice is one approval
   * - requesting the same tool call with other arguments, tool or policy is a conflict
   * - a tool call id belongs to its run and two runs may use the same
   * - a tool call id that comes again in another step of its run is another call
   * - arguments and tools that cannot be kept as they are given are refused by their path
   * - simultaneous requests of one tool call make one approval
   * - an approval id that is taken by another request is refused as already_exists
   * - a policy that nobody can meet is refused as invalid
   */
  request(approval: ApprovalInput): Promise<Approval>
  /**
   * Votes, and resolves the approval when the vote completes the quorum or rejects. An approval that is no longer
   * pending is given back as it stands with `won: false`.
   *
   * - of simultaneous decisions exactly one wins and the others get the winning resolution back
   * - of simultaneous decisions by several processes exactly one wins
   * - a decision after another gets the winning resolution back and does not win
   * - deciding an approval that does not exist is not_found
   * - expiry is judged by the database's clock even when nobody sweeps
   * - an expired approval that rejects on expiry is rejected and never approved
   * - a quorum counts distinct voters and one person votes once
   * - simultaneous votes complete a quorum exactly once
   * - one rejection rejects whatever the quorum
   * - what a person supplies with a vote that others must join is kept with the vote
   * - long reasons of early voters leave room for those who vote later
   * - a voter who is not an eligible approver is refused and nothing changes
   * - the requester cannot decide where the policy excludes them
   * - a decision without a decider is refused as invalid
   */
  decide(id: string, decision: Decision): Promise<DecisionResult>
  /**
   * Spends an approval just before the tool runs. Resolves only for the one caller that may run it; everything else is
   * an error, so a gate that awaits it fails closed.
   *
   * - an approved approval is consumed once and the second time is a conflict
   * - consuming with other arguments than were shown is a conflict and leaves it unspent
   * - consuming with the same arguments in another key order works
   * - consuming what is not approved is a conflict
   * - an approval granted in time stays approved and can be spent after its end
   * - consuming an approval that does not exist is not_found
   * - of simultaneous consumers exactly one succeeds
   */
  consume(id: string, args?: Json): Promise<Approval>
  /**
   * Withdraws a pending approval.
   *
   * - cancelling a pending approval makes it cancelled and a second time gives it back
   * - cancelling what is already resolved is a conflict
   * - cancelling an approval that does not exist is not_found
   */
  cancel(id: string, by: string, reason?: string): Promise<Approval>
  /**
   * Marks what has expired, up to 1,000 at a time, and resolves to how many. Needed for events, not for safety.
   *
   * - a sweep marks what has expired and nothing else
   */
  expire(): Promise<number>
}

export interface ApprovalReader {
  /**
   * - an approval that does not exist is null
   * - an approval that has expired reads as expired before any sweep
   */
  get(id: string): Promise<Approval | null>
  /**
   * Newest request first, then by id downwards.
   *
   * - approvals are listed newest first without arguments and context
   * - every filter of approvals narrows the list and filters combine
   * - an expired approval is in no list of pending ones
   */
  list(query?: ApprovalQuery, page?: PageRequest): Promise<Page<ApprovalSummary>>
  /**
   * - the count of approvals is the length of their list
   */
  count(query?: ApprovalQuery): Promise<number>
  /**
   * - the queue shows depth and oldest in all and by tool
   */
  queue(): Promise<ApprovalQueue>
  /**
   * The history of one approval, oldest first; empty when there is no such approval.
   *
   * - every step of an approval leaves one event in order
   * - every ending of an approval leaves one event that tells its resolution
   */
  events(id: string, page?: PageRequest): Promise<Page<ApprovalEvent>>
}

/** What a person must decide before an agent acts. */
export interface ApprovalStore extends ApprovalWriter, ApprovalReader {}
