import type { Chapter } from '../case.js'
import { appendingCases } from './audit-appending.js'
import { auditReadingCases } from './audit-reading.js'
import { shapeCases } from './audit-shapes.js'
import { verifyingCases } from './audit-verifying.js'

/** What was done, and who allowed it. */
export const auditCases: Chapter = {
  name: 'audit',
  cases: [...appendingCases, ...shapeCases, ...auditReadingCases, ...verifyingCases],
}
