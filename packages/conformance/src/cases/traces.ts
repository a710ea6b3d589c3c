import type { Chapter } from '../case.js'
import { traceLabelCases } from './traces-labels.js'
import { mergingCases } from './traces-merging.js'
import { processCases } from './traces-processes.js'
import { readingCases } from './traces-reading.js'
import { removingCases } from './traces-removing.js'
import { sharedCases } from './traces-shared.js'
import { summaryCases } from './traces-summary.js'
import { wholeCases } from './traces-whole.js'
import { writingCases } from './traces-writing.js'

export const traceCases: Chapter = {
  name: 'traces',
  cases: [
    ...summaryCases,
    ...traceLabelCases,
    ...mergingCases,
    ...writingCases,
    ...processCases,
    ...readingCases,
    ...wholeCases,
    ...sharedCases,
    ...removingCases,
  ],
}
