import { afterAll, describe, it } from 'vitest'
import type { Harness } from './harness.js'
import { notRunSummary, planFor, runCase } from './suite.js'

/** Some cases start processes, and one of them may wait for the lease of a process that was killed. */
const TIMEOUT = 120_000

/**
 * Registers the suite with Vitest: one test for each law of the contract.
 * @param only the names of its chapters; all unless told. For what was proved whole and is looked at in another light, as {@link confined}
 * @throws Error for a name that is none
 */
export function describeStore(harness: Harness, only?: readonly string[]): void {
  const whole = planFor(harness)
  const unknown = only?.filter((name) => !whole.some(({ chapter }) => chapter === name)) ?? []
  if (unknown.length > 0) throw new Error(`there is no chapter ${unknown.join(', no ')}; name one of the suite's`)
  const planned = whole.filter(({ chapter }) => only?.includes(chapter) ?? true)
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
