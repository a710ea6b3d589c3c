import type { PeerEngine } from '../../engines/engine.js'
import type { SubjectName } from '../names.js'
import type { PlainRun, PlainSpan } from './plain.js'

export type ListFilter = 'none' | 'user' | 'error' | 'tool'

/** What lists are asked for, of every subject. */
export const ASKED = { page: 50, userId: 'user-7', tool: 'issue_refund' }

/** Traces in one subject. Each call resolves when what it wrote is on the disk. */
export interface TraceWork {
  /** Makes the subject's records of ended spans, and gives what writes them. */
  batch(spans: readonly PlainSpan[]): () => Promise<unknown>
  /** The same of spans that have only begun, */
  begun(spans: readonly PlainSpan[]): () => Promise<unknown>
  /** and of what their ends add. */
  ended(spans: readonly PlainSpan[]): () => Promise<unknown>
  /** Ids of the newest traces. Rejects where the subject cannot be asked that. */
  list(filter: ListFilter): Promise<string[]>
  /** How many spans the trace has, all of them read whole. */
  trace(traceId: string): Promise<number>
}

/** A conversation that grows, in one subject. */
export interface History {
  /** Brings the history of this name to so many runs. */
  seed(name: string, runs: readonly PlainRun[]): Promise<void>
  append(name: string, run: PlainRun): Promise<void>
}

export interface Subject {
  /** Asks it the least that needs its tables. */
  greet(): Promise<unknown>
  /** Undefined where it keeps none. */
  readonly traces?: TraceWork
  /** The conversation is kept: every run can be read back. */
  readonly conversation: History
  /** Only the state after the last run is kept, where that is another thing. */
  readonly state: History
  close(): Promise<void>
}

/** Opens one subject. `prepare` makes its tables, and is never measured. */
export interface Place {
  subject: SubjectName
  engine: PeerEngine
  /** As a URL of the engine; of SQLite the file. */
  url: string
  /** Where the peers are installed. */
  peers: string
  prepare: boolean
}

/** Connections of every subject's pool. */
export const POOL = 8
