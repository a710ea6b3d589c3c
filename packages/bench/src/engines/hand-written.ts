import type { Run } from '@freehold/contract'
import type { Row } from './driver.js'

/** Rows that Freehold wrote, as the engine keeps them: what the hand-written side writes again. */
export interface TraceRows {
  traces: readonly Row[]
  spans: readonly Row[]
  /** What spans of one trace share. */
  texts: readonly Row[]
}

/** A run whose fields are all known but its place in the session. */
export type NewRun = Omit<Run, 'seq'>

export interface NewDecision {
  by: string
  reason: string
}

export interface NewEntry {
  id: string
  time: number
  actor: string
  action: string
  target: string
  outcome: string
  runId: string
  data: { order: string; amount: number; note: string }
}

/**
 * What a good engineer writes with the raw driver for these rows and tables, and nothing else: no checks of the input,
 * no repeats told from what is new, no tenant but one, no errors told apart.
 */
export interface HandWritten {
  /** How a batch of spans is inserted, for the report. */
  readonly technique: string

  traceRows(traceIds: readonly string[]): Promise<TraceRows>
  /** Prepares what is sent, and gives what sends it. */
  ingest(rows: TraceRows): () => Promise<void>
  /** Fills the list of traces with copies of one, whose ids and starts count up. */
  loadTraces(model: TraceRows, from: number, to: number): Promise<void>
  newestTraces(limit: number): Promise<readonly unknown[]>
  /** The spans of a trace as they are stored. */
  trace(traceId: string): Promise<readonly unknown[]>
  /** The spans of a trace without what they were told and answered. */
  outline(traceId: string): Promise<readonly unknown[]>

  /** Fills a session that has no runs. */
  loadRuns(sessionId: string, runs: readonly NewRun[]): Promise<void>
  appendRun(run: NewRun): Promise<void>

  approve(id: string, decision: NewDecision): Promise<void>

  /** The stream must have a head. */
  appendEntries(entries: readonly NewEntry[]): Promise<void>
  /** Resolves to how many entries the chain has; rejects where it is broken. */
  verifyEntries(): Promise<number>

  /** Brings the engine to rest after a large load. */
  settle(): Promise<void>
  /** Bytes written to the engine's log while `work` runs; undefined where the engine does not tell. */
  bytesLogged(work: () => Promise<void>): Promise<number | undefined>
  /** Bytes that the whole database takes, its indexes and what its values lie outside of their rows in too. */
  bytesAtRest(): Promise<number>
  close(): Promise<void>
}
