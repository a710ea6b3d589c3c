import { DOMAINS, type Domain } from '@freehold/contract'
import type { Migration, Table } from '../schema.js'
import { approvals0001 } from './approvals/0001_tables.js'
import { audit0001 } from './audit/0001_tables.js'
import { sessions0001 } from './sessions/0001_tables.js'
import { traces0001 } from './traces/0001_tables.js'

/** The history of each domain, oldest first. Never change one that was released: add the next. */
export const MIGRATIONS: Record<Domain, readonly Migration[]> = {
  traces: [traces0001],
  sessions: [sessions0001],
  approvals: [approvals0001],
  audit: [audit0001],
}

/** What was applied, one table for each domain, so that a domain can move. */
export function historyOf(domain: Domain): Table {
  return { name: `${domain}_migrations`, columns: { name: 'id', checksum: 'hash', applied_at: 'time' }, key: ['name'] }
}

/** Who changes the schema of a domain. One table for each, too: domains may belong to different users of one database. */
export function leasesOf(domain: Domain): Table {
  return { name: `${domain}_leases`, columns: { name: 'id', holder: 'id', expires_at: 'time' }, key: ['name'] }
}

const all = [
  ...Object.values(MIGRATIONS).flat(),
  { tables: DOMAINS.flatMap((domain) => [historyOf(domain), leasesOf(domain)]) },
]

/** Every table as it is after the last migration, by its name without prefix. */
export const TABLES: ReadonlyMap<string, Table> = new Map(
  all.flatMap(({ tables }) => tables.map((table) => [table.name, table])),
)
