import type { EngineName } from './engines/engine.js'
import type { Sample } from './measure.js'

export type Unit = 'spans/s' | 'entries/s' | 'ms' | 'µs' | 'MB' | '×'

/** One line of a table. Where the unit is a time or a size, less is better. */
export interface Measured {
  what: string
  unit: Unit
  freehold: number
  /** Slowest and fastest repetition. */
  range?: [number, number]
  raw?: number
  /** The hand-written side's time, divided by Freehold's: 1 is as fast. */
  share?: number
  budget?: { text: string; met: boolean }
}

/** Everything that was measured on one engine, and where. */
export interface EngineResult {
  engine: EngineName
  date: string
  version: string
  how: string
  driver: string
  settings: Readonly<Record<string, string>>
  technique: string
  machine: Machine
  sizes: Sizes
  measured: Measured[]
}

export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  platform: string
  node: string
  /** Processes that wanted to run in the minute before: what else the machine had to do. */
  load: number
}

/** How much of everything. */
export interface Sizes {
  /** Counted repetitions of each side, beside one that warms up. */
  repetitions: number
  batch: number
  /** Batches of a repetition, shared by its writers. */
  batches: number
  writers: number[]
  traces: [number, number]
  /** Calls of a repetition. */
  lists: number
  gets: number
  /** Runs that a session has before. */
  runs: number[]
  appends: number
  decisions: number
  auditSingles: number
  auditAtATime: number
  auditRounds: number
  auditBatch: number
  auditBatches: number
  auditVerified: number
  bytesRuns: number
  /** JSON text of the run that holds the event loop. */
  heldBytes: number
  /** Spans that are told again. */
  retold: number
  /** Spans of the traces in which the end of one is told, and how many ends. */
  ended: [number, number]
  ends: number
  /** Runs whose context grows, and their steps. */
  growingRuns: number
  growingSteps: number
  /** Input and output of a span together. */
  spanBytes: number[]
  /** At most what a batch of such spans takes, with at least one trace. */
  batchBytes: number
  /** Spans that hold the event loop. */
  blocking: number
  /** Spans of the traces that are read whole and in outline. */
  longTraces: number[]
  /** Spans that end one after the other. */
  recorded: number
}

export const FULL: Sizes = {
  repetitions: 5,
  batch: 500,
  batches: 8,
  writers: [1, 4],
  traces: [10_000, 200_000],
  lists: 100,
  gets: 200,
  runs: [1, 100, 1000],
  appends: 40,
  decisions: 100,
  auditSingles: 50,
  auditAtATime: 64,
  auditRounds: 4,
  auditBatch: 100,
  auditBatches: 10,
  auditVerified: 20_000,
  bytesRuns: 200,
  heldBytes: 8_000_000,
  retold: 1000,
  ended: [10, 10_000],
  ends: 8,
  growingRuns: 20,
  growingSteps: 50,
  spanBytes: [200, 600, 2400, 10_000, 50_000, 200_000],
  batchBytes: 4_000_000,
  blocking: 500,
  longTraces: [10, 1000, 10_000],
  recorded: 6000,
}

/** For a look whether everything works: its figures mean nothing. */
export const QUICK: Sizes = {
  repetitions: 2,
  batch: 60,
  batches: 4,
  writers: [1, 2],
  traces: [100, 400],
  lists: 2,
  gets: 2,
  runs: [1, 5],
  appends: 3,
  decisions: 3,
  auditSingles: 3,
  auditAtATime: 4,
  auditRounds: 2,
  auditBatch: 5,
  auditBatches: 2,
  auditVerified: 50,
  bytesRuns: 4,
  heldBytes: 80_000,
  retold: 120,
  ended: [10, 40],
  ends: 2,
  growingRuns: 3,
  growingSteps: 10,
  spanBytes: [200, 10_000],
  batchBytes: 300_000,
  blocking: 100,
  longTraces: [10, 50],
  recorded: 400,
}

interface Line {
  what: string
  unit: 'spans/s' | 'entries/s' | 'ms'
  /** Items, or calls, of a repetition. */
  items: number
  freehold: Sample
  raw?: Sample
}

/** A line of a race, or of one side alone: a rate where items are counted, else the time of one call. */
export function lineOf({ what, unit, items, freehold, raw }: Line): Measured {
  const figure = (time: number) => (unit === 'ms' ? time / items : (items / time) * 1000)
  return {
    what,
    unit,
    freehold: figure(freehold.median),
    range: [figure(freehold.most), figure(freehold.least)],
    ...(raw && { raw: figure(raw.median), share: raw.median / freehold.median }),
  }
}

export function withBudget(line: Measured, text: string, met: boolean): Measured {
  return { ...line, budget: { text, met } }
}
