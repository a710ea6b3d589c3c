import type { Page, PageRequest } from './page.js'
import type {
  Run,
  RunInput,
  RunPatch,
  RunQuery,
  RunStatus,
  RunSummary,
  Session,
  SessionInput,
  SessionQuery,
  SessionSummary,
} from './session.js'

export interface SaveOptions {
  /** Save only if this is the stored version; 0 means: only if there is no such session. Wins over `session.version`. */
  ifVersion?: number
}

export interface UpdateOptions {
  /** Update only if the run has this status. */
  ifStatus?: RunStatus
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
   * - a session that is made anew after it was removed is found by no label that it or its runs had
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
   * - sessions are found by the labels they have now and all of them must match
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
   * - runs are found by the labels they have now and all of them must match
   */
  runs(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>>
}

/** Sessions and their runs: one row per session, one row per run. */
export interface SessionStore extends SessionWriter, SessionReader {}
