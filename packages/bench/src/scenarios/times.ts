import type { Sample } from '../measure.js'
import { lineOf, type Measured, withBudget } from '../result.js'

interface Compared {
  what: string
  sample: Sample
  /** What it is compared with. */
  against: { what: string; sample: Sample }
  /** The budget, in times of that. */
  most: number
  calls: number
}

/** The time of one call, and how many times as long as the other it takes. */
export function timeAndRatio({ what, sample, against, most, calls }: Compared): Measured[] {
  const ratio = sample.median / against.sample.median
  const line: Measured = { what: `the same against ${against.what}`, unit: '×', freehold: ratio }
  return [lineOf({ what, unit: 'ms', items: calls, freehold: sample }), withBudget(line, `≤ ${most}`, ratio <= most)]
}
