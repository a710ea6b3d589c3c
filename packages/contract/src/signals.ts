import type { ApprovalQueue } from './approvals.js'
import type { Timestamp } from './time.js'
import type { Tokens } from './traces.js'

/** Whole UTC days, at most 366. A time within a day is refused: what is counted by day would tell of more, or of less. */
export interface SignalDays {
  /** Start of the first day: a multiple of 86,400,000. */
  from: Timestamp
  /** End of the last day, which is the start of the next; the end of today unless told. */
  to?: Timestamp
}

export interface SignalWindow extends SignalDays {
  /** Most rows, the first in their order; 1,000 unless told, which is also the most. */
  limit?: number
}

/** At most one owner, with or without a model: what is counted is kept by each owner, and not by two of them together. */
export interface RunSignalQuery extends SignalWindow {
  /**
   * A row for each of these; unless told, one row for all, whose key is `''`. Beside an owner that is asked about only `model`, `day`
   * or itself.
   */
  by?: 'agent' | 'team' | 'workflow' | 'model' | 'day'
  agentId?: string
  teamId?: string
  workflowId?: string
  model?: string
}

export interface SpendQuery extends SignalWindow {
  /** As in {@link RunSignalQuery}. Of users no model is kept: `user` and `userId` go with neither `model`. */
  by?: 'agent' | 'team' | 'workflow' | 'user' | 'model' | 'day'
  agentId?: string
  teamId?: string
  workflowId?: string
  userId?: string
  model?: string
  /**
   * Calls of models, as traces tell of them, unless told; or runs, with the usage that sessions have. They tell of the same: never
   * add the two.
   */
  of?: 'calls' | 'runs'
}

export interface ToolFailureQuery extends SignalWindow {
  by?: 'tool' | 'agent' | 'day'
  agentId?: string
  tool?: string
}

export interface ActivityQuery extends SignalWindow {
  by?: 'user' | 'day'
  userId?: string
}

export interface ModelComparisonQuery extends SignalWindow {
  agentId?: string
  teamId?: string
  workflowId?: string
}

interface SignalRow {
  /** An owner's id, a model, a tool, or a day as `2026-12-01`; `''` where no model was told, and in a row for all. */
  key: string
}

/**
 * Durations by nearest rank: of `n` in their order, `p95` is that at place `ceil(0.95 n)`, in milliseconds, within 2.5 % of it.
 * What took no time, or ended before it began, counts as 0.
 */
export interface Percentiles {
  p50: number
  p95: number
  p99: number
}

export interface RunLatency extends SignalRow, Percentiles {
  /** Runs that are over and have an end, failed and cancelled ones among them. */
  runs: number
  errors: number
}

export interface Spend extends SignalRow {
  /** Calls of models, or runs. */
  calls: number
  errors: number
  tokens: Tokens
  /** US dollars, to 1e-9. */
  cost: number
}

/** Durations are kept of each tool: there are some `by` tool and of one `tool`, and none of an agent, or of all tools together. */
export interface ToolFailures extends SignalRow, Partial<Percentiles> {
  calls: number
  errors: number
  /** Errors among the calls, from 0 to 1. */
  errorRate: number
}

export interface Activity extends SignalRow {
  runs: number
  errors: number
  /** How many users had runs; only by day, of all users. */
  users?: number
}

export interface ModelComparison extends Percentiles {
  /** `''` for runs that tell none. */
  model: string
  runs: number
  errors: number
  /** Not among the errors. */
  cancelled: number
  /** Errors among the runs, from 0 to 1. */
  errorRate: number
  tokens: Tokens
  /** US dollars, to 1e-9. */
  cost: number
}

/** How counts are kept right. */
export interface SignalUpkeep {
  /**
   * Counts these days anew from the rows that are there, while others write. What retention removed of them counts no more.
   * Resolves to how many counts were wrong; to `null` while another process does so.
   */
  rebuild(days: SignalDays): Promise<number | null>
  /**
   * Counts a user anew from the rows that are there. What is left of others in the same counts stays: what retention removed of the
   * user counts on among all, and under agents, teams, workflows and models, and nowhere by who it was.
   */
  forget(userId: string): Promise<void>
}

/**
 * What traces tell, over days, from counts that are kept as spans are written. A span counts when it has ended, on the UTC day of its
 * end. A key of which nothing counts in the window has no row. Rows by day are in the order of days.
 */
export interface TraceSignals extends SignalUpkeep {
  /** Tokens and cost: the dearest first, then most tokens, then by the bytes of the key. */
  spend(query: SpendQuery): Promise<Spend[]>
  /** How often tools fail: most errors first, then most calls, then by the bytes of the key. */
  toolFailures(query: ToolFailureQuery): Promise<ToolFailures[]>
}

/** What runs of sessions tell, in the same way. A run counts when it is over and has an end, on the UTC day of that. */
export interface SessionSignals extends SignalUpkeep {
  /** How long runs took: most runs first, then by the bytes of the key. */
  runLatency(query: RunSignalQuery): Promise<RunLatency[]>
  /** Who was active: most runs first, then by the bytes of the key. */
  activity(query: ActivityQuery): Promise<Activity[]>
  /** Models side by side, by what runs with them took, cost and came to: most runs first, then by the bytes of the model. */
  compareModels(query: ModelComparisonQuery): Promise<ModelComparison[]>
  /** As that of {@link TraceSignals}, of runs. */
  spend(query: SpendQuery): Promise<Spend[]>
}

/** How a tenant's agents fare. Each domain answers from where it is. */
export interface Signals extends TraceSignals, SessionSignals {
  /** How much waits for people now, and since when. */
  queue(): Promise<ApprovalQueue>
}
