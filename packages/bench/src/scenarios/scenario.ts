import type { SpanInput, WriteResult } from '@freehold/contract'
import type { Engine, EngineName, Place } from '../engines/engine.js'
import type { Measured, Sizes } from '../result.js'

export interface Bench {
  engine: EngineName
  sizes: Sizes
  /** Tells a person who waits what is going on. */
  say(what: string): void
}

/** Freehold writes to `a`, the hand-written side to `b`, where Freehold only prepares and checks. */
export interface Pair {
  a: Place
  b: Place
}

export type Write = (spans: SpanInput[]) => Promise<WriteResult>

export type Scenario = (bench: Bench, pair: Pair) => Promise<Measured[]>

/** Two new databases for one scenario, dropped when it is over. */
export async function withPair<T>(engine: Engine, name: string, work: (pair: Pair) => Promise<T>): Promise<T> {
  const a = await engine.place(`${name}_a`)
  try {
    const b = await engine.place(`${name}_b`)
    try {
      return await work({ a, b })
    } finally {
      await b.remove()
    }
  } finally {
    await a.remove()
  }
}
