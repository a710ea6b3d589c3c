import { MongoApprovals } from '../src/approvals.js'
import { MongoAudit, newProcess } from '../src/audit.js'
import type { Database } from '../src/database.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import type { Stores } from './cut-scenarios.js'

export const PREFIX = 'freehold_'

/** How long what a writer that was cut off holds is waited for, in milliseconds. */
const HELD = 30

/** Stores of a process of their own: nothing is left of what another remembered. */
export function storesOn(database: Database, tenant: string): Stores {
  return {
    traces: new MongoTraces(database, tenant),
    sessions: new MongoSessions(database, tenant, HELD),
    approvals: new MongoApprovals(database, tenant),
    audit: new MongoAudit(database, tenant, newProcess()),
  }
}
