import type { Json, JsonObject, Repair } from './json.js'
import type { Labels } from './labels.js'
import type { Timestamp } from './time.js'

export const SESSION_TYPES = ['agent', 'team', 'workflow'] as const
export type SessionType = (typeof SESSION_TYPES)[number]

export const RUN_STATUSES = ['pending', 'running', 'paused', 'completed', 'error', 'cancelled'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/** Who a session belongs to. Once known, an owner does not change. */
export interface SessionOwners {
  agentId?: string
  teamId?: string
  workflowId?: string
  userId?: string
}

/** What a list of sessions shows: no state, no metadata. */
export interface SessionSummary extends SessionOwners {
  id: string
  type: SessionType
  /** At most 255 characters. */
  name?: string
  /** At most 100,000 characters. */
  summary?: string
  /** 1 when created; one more with every change by {@link SessionWriter.save}. Runs do not change it. */
  version: number
  /** Number of runs. */
  runs: number
  createdAt: Timestamp
  /** Of the last change by {@link SessionWriter.save} or the last appended run, whichever is later. */
  updatedAt: Timestamp
  labels?: Labels
}

export interface Session extends SessionSummary {
  state?: JsonObject
  metadata?: JsonObject
  repairs?: Repair[]
}

/**
 * What to save. A field that is absent is left as it is; `null` clears it. Fields a store keeps itself (`runs`, times,
 * `repairs`) may be present, so that a session that was read can be saved, and are ignored.
 */
export interface SessionInput extends SessionOwners {
  id: string
  type: SessionType
  name?: string | null
  summary?: string | null
  state?: JsonObject | null
  metadata?: JsonObject | null
  /** All of them: those that are not among these are taken away. */
  labels?: Labels | null
  /** The version this change is based on, as read. */
  version?: number
  runs?: number
  createdAt?: Timestamp
  updatedAt?: Timestamp
  repairs?: Repair[]
}

/** Tokens and cost of a run; any may be absent. */
export interface RunUsage {
  promptTokens?: number
  completionTokens?: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  reasoningTokens?: number
  /** US dollars. */
  cost?: number
}

/** What a list of runs shows: no input, output, messages or metadata. */
export interface RunSummary extends SessionOwners {
  id: string
  sessionId: string
  /** Place in the session: 1, 2, 3 … without a gap. */
  seq: number
  parentRunId?: string
  type: SessionType
  provider?: string
  model?: string
  status: RunStatus
  /** At most 100,000 characters. */
  error?: string
  usage?: RunUsage
  traceId?: string
  startedAt: Timestamp
  endedAt?: Timestamp
  labels?: Labels
}

export interface Run extends RunSummary {
  input?: Json
  output?: Json
  messages?: Json
  metadata?: JsonObject
  repairs?: Repair[]
}

/**
 * What to append: `status` is `pending`, `startedAt` now, type and owners those of the session, unless told. `seq` and
 * `repairs` may be present, so that a run that was read can be appended elsewhere, and are ignored.
 */
export type RunInput = Partial<Run> & { sessionId: string }

/** A field that is absent is left as it is; `null` clears it, but for `status` and `startedAt`. */
export type RunPatch = {
  status?: RunStatus
  /** When a run that waited began. */
  startedAt?: Timestamp
} & {
  [K in
    | 'provider'
    | 'model'
    | 'error'
    | 'usage'
    | 'traceId'
    | 'endedAt'
    | 'input'
    | 'output'
    | 'messages'
    | 'metadata'
    | 'labels']?: Run[K] | null
}

export interface SessionQuery extends SessionOwners {
  type?: SessionType
  /** Created at or after. */
  from?: Timestamp
  /** Created before. */
  to?: Timestamp
  /** Sessions that have all of these. */
  labels?: Labels
}

export interface RunQuery extends SessionOwners {
  sessionId?: string
  parentRunId?: string
  type?: SessionType
  model?: string
  status?: RunStatus
  traceId?: string
  /** Started at or after. */
  from?: Timestamp
  /** Started before. */
  to?: Timestamp
  /** Runs that have all of these. */
  labels?: Labels
}
