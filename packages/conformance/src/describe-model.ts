import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { law } from './case.js'
import { SEED } from './cases/seed.js'
import type { Harness } from './harness.js'
import { compareWithReference } from './model/compare.js'
import { runCase } from './suite.js'

/** How long one store is compared, in seconds, unless told. */
const SECONDS = 10
/** What comes on top of it, in milliseconds: opening, the last calls, and making a failure smaller. */
const REST = 240_000

export interface ModelRun {
  /** How long to go on; `MODEL_SECONDS` of the environment, or 10, unless told. */
  seconds?: number
  /** What the calls are made from; `MODEL_SEED` of the environment, or the same in every run, unless told. */
  seed?: number
}

/**
 * Registers with Vitest one test that makes random calls, over all domains, of a store and of the reference store, and
 * compares every answer. A failure tells the fewest calls that show the difference, and the seed that brings it back.
 */
export function describeModel(harness: Harness, run: ModelRun = {}): void {
  const { seconds = numberIn('MODEL_SECONDS') ?? SECONDS, seed = numberIn('MODEL_SEED') ?? SEED } = run
  const compared = law(
    `answers what the reference answers, for ${seconds} seconds of random calls`,
    async ({ storage }) => {
      const runs = await compareWithReference(storage, { seed, time: seconds * 1000 })
      assert.ok(runs > 0, 'no run of calls came to its end in time')
    },
  )
  describe(`${harness.name}, compared`, () => {
    it(compared.law, () => runCase(harness, compared), seconds * 1000 + REST)
  })
}

function numberIn(variable: string): number | undefined {
  const value = process.env[variable]
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new Error(`${variable} is not a whole number; give one, or unset it`)
}
