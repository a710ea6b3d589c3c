import { DOMAINS, type Domain } from '@freehold/contract'
import type { Migration, Table, TableChange } from '../schema.js'
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

/** What was applied, one table for each domain, so that a domain can move. */
export function historyOf(domain: Domain): Table {
  return { name: `${domain}_migrations`, columns: { name: 'id', checksum: 'hash', applied_at: 'time' }, key: ['name'] }
}

/** Who changes the schema of a domain. One table for each, too: domains may belong to different users of one database. */
export function leasesOf(domain: Domain): Table {
  return { name: `${domain}_leases`, columns: { name: 'id', holder: 'id', expires_at: 'time' }, key: ['name'] }
}

/** The tables of a domain as they are after its last migration. */
export function tablesOf(domain: Domain): Table[] {
  const tables = MIGRATIONS[domain].flatMap((migration) => migration.tables)
  const changes = MIGRATIONS[domain].flatMap((migration) => migration.changes ?? [])
  return tables.map((table) => changes.filter((change) => change.table === table.name).reduce(changed, table))
}

function changed(table: Table, { columns, indexes = [] }: TableChange): Table {
  return { ...table, columns: { ...table.columns, ...columns }, indexes: [...(table.indexes ?? []), ...indexes] }
}

/** Every table as it is after the last migration, by its name without prefix. */
export const TABLES: ReadonlyMap<string, Table> = new Map(
  DOMAINS.flatMap((domain) =>
    [...tablesOf(domain), historyOf(domain), leasesOf(domain)].map((table) => [table.name, table]),
  ),
)
