import type { Json, JsonObject, Repair } from './json.js'
import type { Page, PageRequest } from './page.js'
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
  /** The version this change is based on, as read. */
  version?: number
  runs?: number
  createdAt?: Timestamp
  updatedAt?: Timestamp
  repairs?: Repair[]
}

export interface SaveOptions {
  /** Save only if this is the stored version; 0 means: only if there is no such session. Wins over `session.version`. */
  ifVersion?: number
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
    | 'metadata']?: Run[K] | null
}

export interface UpdateOptions {
  /** Update only if the run has this status. */
  ifStatus?: RunStatus
}

export interface SessionQuery extends SessionOwners {
  type?: SessionType
  /** Created at or after. */
  from?: Timestamp
  /** Created before. */
  to?: Timestamp
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
}

export interface SessionWriter {
  /**
   * Creates the session, or changes the fields that are given, and resolves to what is stored.
   *
   * - saving a session that is new creates it at version 1
   * - saving changes the fields that are given and leaves the others
   * - null clears a field of a session
   * - saving what is already stored changes nothing, not even the version
   * - a change based on a version that moved is a conflict and changes nothing
   * - a session that was read can be saved and carries the version it is based on
   * - a session with repaired values can be saved as it was read and keeps its marks
   * - saving with version 0 creates and never overwrites
   * - a session of another type or owner is a conflict and is never overwritten
   * - an owner that was unknown can be added later
   * - updatedAt moves with every change and every appended run and createdAt never
   * - of simultaneous changes based on one version exactly one succeeds
   * - simultaneous changes of different fields all count
   */
  save(session: SessionInput, options?: SaveOptions): Promise<Session>
  /**
   * Appends a run to its session and resolves to it with its `seq`. The cost does not depend on how many there are.
   *
   * - runs of a session are numbered 1, 2, 3 without a gap
   * - appending the same run twice is one run and gives the first back
   * - a run id that another session uses is refused as already_exists
   * - appending to a session that does not exist is not_found
   * - a run takes type and owners from its session unless told
   * - appending a run does not change the version of its session
   * - simultaneous appends leave no gap and no repeat in seq
   * - processes that append to one session leave no gap and no repeat in seq
   */
  appendRun(run: RunInput): Promise<Run>
  /**
   * Appends runs to one session, in their order, and resolves to them with their `seq`: at most 1,000, in one commit, all or
   * none. An append of one is the same as {@link appendRun}. Runs of several sessions are appended session by session.
   *
   * - runs that are appended together are numbered in their order behind those that are there
   * - of runs that are appended together all are there or none
   * - runs that are appended together again are given back as they were and count once
   * - runs of two sessions, or more than a thousand, are refused and none is appended
   * - simultaneous appends of many leave no gap, and what is appended together stays together
   */
  appendRuns(runs: readonly RunInput[]): Promise<Run[]>
  /**
   * Changes the fields that are given and resolves to the run.
   *
   * - updating a run changes the fields that are given and leaves the others
   * - null clears a field of a run
   * - a run that waited is given its start when it begins
   * - a run with repaired values can be given them back as read and keeps its marks
   * - updating a run that does not exist is not_found
   * - updating a run that is not in the expected status is a conflict and changes nothing
   * - of simultaneous updates from one status exactly one succeeds
   * - simultaneous updates of different fields of a run all count
   */
  updateRun(id: string, patch: RunPatch, options?: UpdateOptions): Promise<Run>
  /**
   * Removes a session and all its runs. `false` when there was none.
   *
   * - removing a session removes its runs
   * - removing a session that does not exist is false
   */
  remove(sessionId: string): Promise<boolean>
}

export interface SessionReader {
  /**
   * - a session that does not exist is null
   */
  get(id: string): Promise<Session | null>
  /**
   * Newest first, then by id downwards.
   *
   * - sessions are listed newest first without state and metadata
   * - every filter of sessions narrows the list and filters combine
   */
  list(query?: SessionQuery, page?: PageRequest): Promise<Page<SessionSummary>>
  /**
   * - a run that does not exist is null
   */
  run(id: string): Promise<Run | null>
  /**
   * Newest start first, then by id downwards; of one session (`sessionId`) by `seq` downwards.
   *
   * - runs are listed newest first without input, output, messages and metadata
   * - runs of one session are listed by seq downwards
   * - every filter of runs narrows the list and filters combine
   */
  runs(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>>
}

/** Sessions and their runs: one row per session, one row per run. */
export interface SessionStore extends SessionWriter, SessionReader {}
