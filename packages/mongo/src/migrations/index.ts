import type { Domain } from '@freehold/contract'
import type { Migration } from '../schema.js'
import { approvals0001 } from './approvals/0001_tables.js'
import { approvals0002 } from './approvals/0002_relay.js'
import { audit0001 } from './audit/0001_tables.js'
import { sessions0001 } from './sessions/0001_tables.js'
import { sessions0002 } from './sessions/0002_labels.js'
import { traces0001 } from './traces/0001_tables.js'
import { traces0002 } from './traces/0002_labels.js'

/** The history of each domain, oldest first. Never change one that was released: add the next. */
export const MIGRATIONS: Record<Domain, readonly Migration[]> = {
  traces: [traces0001, traces0002],
  sessions: [sessions0001, sessions0002],
  approvals: [approvals0001, approvals0002],
  audit: [audit0001],
}
