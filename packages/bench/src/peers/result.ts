import type { PeerEngine } from '../engines/engine.js'
import type { Machine } from '../result.js'
import type { PeerName, SubjectName } from './names.js'

/** Of all but a rate, less is better. */
export type PeerUnit = 'spans/s' | 'ms' | 'MB' | 'bytes' | 'statements'

/** One thing that was done by every subject. */
export interface PeerLine {
  what: string
  unit: PeerUnit
  figures: Partial<Record<SubjectName, number>>
  /** Why a subject has no figure, in its own words or in ours. */
  failures: Partial<Record<SubjectName, string>>
}

export interface PeerResult {
  engine: PeerEngine
  date: string
  version: string
  how: string
  settings: Readonly<Record<string, string>>
  machine: Machine
  /** What each peer is here: its packages, and how it is used. */
  stores: Partial<Record<PeerName, string>>
  sizes: PeerSizes
  lines: PeerLine[]
}

/** How much of everything. */
export interface PeerSizes {
  /** Counted repetitions of each subject, beside one that warms up. */
  repetitions: number
  ingest: { bytes: number; batch: number; batches: Readonly<Record<1 | 4, number>> }[]
  updates: { batch: number; batches: number }
  traces: readonly [number, number]
  lists: number
  /** How many spans a trace has, and how many such traces there are. */
  trace: { spans: number; traces: number }[]
  gets: number
  runs: readonly number[]
  appends: number
  starts: number
  /** Batches of 1,000 that each of four writers writes while memory and disk are looked at. */
  loadBatches: number
}

const FULL: PeerSizes = {
  repetitions: 3,
  ingest: [
    { bytes: 500, batch: 1000, batches: { 1: 4, 4: 2 } },
    { bytes: 2400, batch: 1000, batches: { 1: 3, 4: 1 } },
    // A thousand of these are 50 MB, which is more than some servers take in a message.
    { bytes: 50_000, batch: 200, batches: { 1: 2, 4: 1 } },
  ],
  updates: { batch: 1000, batches: 2 },
  traces: [10_000, 200_000],
  lists: 20,
  trace: [
    { spans: 10, traces: 50 },
    { spans: 1000, traces: 2 },
    { spans: 10_000, traces: 1 },
  ],
  gets: 50,
  runs: [1, 100, 1000],
  appends: 20,
  starts: 5,
  loadBatches: 5,
}

/** Where loading takes minutes there are fewer traces. */
const FEWER: Readonly<Partial<Record<PeerEngine, readonly [number, number]>>> = {
  mysql: [10_000, 100_000],
  mariadb: [10_000, 100_000],
  mongodb: [10_000, 50_000],
}

/** Where there is no quiet machine for an hour. */
const SHORT: PeerSizes = {
  ...FULL,
  repetitions: 2,
  ingest: FULL.ingest.map((each) => ({ ...each, batches: { 1: 2, 4: 1 } })),
  updates: { batch: 1000, batches: 1 },
  traces: [10_000, 50_000],
  lists: 10,
  gets: 20,
  appends: 10,
  starts: 3,
  loadBatches: 2,
}

/** For a look whether everything works: its figures mean nothing. */
const QUICK: PeerSizes = {
  repetitions: 1,
  ingest: [
    { bytes: 500, batch: 100, batches: { 1: 1, 4: 1 } },
    { bytes: 50_000, batch: 10, batches: { 1: 1, 4: 1 } },
  ],
  updates: { batch: 100, batches: 1 },
  traces: [1000, 2000],
  lists: 2,
  trace: [
    { spans: 10, traces: 2 },
    { spans: 1000, traces: 1 },
  ],
  gets: 2,
  runs: [1, 5],
  appends: 2,
  starts: 1,
  loadBatches: 1,
}

export function sizesFor(engine: PeerEngine, { quick, short }: { quick: boolean; short: boolean }): PeerSizes {
  if (quick) return QUICK
  return short ? SHORT : { ...FULL, traces: FEWER[engine] ?? FULL.traces }
}
