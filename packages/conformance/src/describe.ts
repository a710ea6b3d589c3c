import { afterAll, describe, it } from 'vitest'
import type { Harness } from './harness.js'
import { notRunSummary, planFor, runCase } from './suite.js'

/** Some cases start processes, and one of them may wait for the lease of a process that was killed. */
const TIMEOUT = 120_000

/** Registers the whole suite with Vitest: one test for each law of the contract. */
export function describeStore(harness: Harness): void {
  const planned = planFor(harness)
  describe(harness.name, () => {
    for (const chapter of new Set(planned.map((one) => one.chapter)))
      describe(chapter, () => {
        for (const { case: one, notRun } of planned.filter((each) => each.chapter === chapter))
          it.skipIf(notRun !== undefined)(one.law, () => runCase(harness, one), TIMEOUT)
      })
    afterAll(() => {
      for (const line of notRunSummary(planned)) console.warn(`${harness.name}: ${line}`)
    })
  })
}
