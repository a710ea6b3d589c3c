import { approvalDefects } from './approvals.js'
import { auditDefects } from './audit.js'
import type { Defect } from './defect.js'
import { lifecycleDefects } from './lifecycle.js'
import { migrationDefects } from './migrations.js'
import { pagingDefects } from './paging.js'
import { relayDefects } from './relay.js'
import { retentionDefects } from './retention.js'
import { sessionDefects } from './sessions.js'
import { tenancyDefects } from './tenancy.js'
import { traceDefects } from './traces.js'
import { valueDefects } from './values.js'

export const DEFECTS: readonly Defect[] = [
  ...traceDefects,
  ...sessionDefects,
  ...approvalDefects,
  ...relayDefects,
  ...retentionDefects,
  ...auditDefects,
  ...pagingDefects,
  ...tenancyDefects,
  ...lifecycleDefects,
  ...valueDefects,
  ...migrationDefects,
]
