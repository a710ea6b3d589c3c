import type { Chapter } from '../case.js'
import { approvalCases } from './approvals.js'
import { auditCases } from './audit.js'
import { lifecycleCases } from './lifecycle.js'
import { migrationCases } from './migrations.js'
import { pagingCases } from './paging.js'
import { relayCases } from './relay.js'
import { retentionCases } from './retention.js'
import { sessionCases } from './sessions.js'
import { tenancyCases } from './tenancy.js'
import { traceCases } from './traces.js'
import { valueCases } from './values.js'

/** The table of contents. */
export const CHAPTERS: readonly Chapter[] = [
  traceCases,
  sessionCases,
  approvalCases,
  relayCases,
  retentionCases,
  auditCases,
  pagingCases,
  tenancyCases,
  lifecycleCases,
  valueCases,
  migrationCases,
]
