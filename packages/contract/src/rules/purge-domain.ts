import type { Domain } from '../domain.js'
import { StoreError } from '../errors.js'
import type { Purged, PurgedDomain, PurgeOrder } from '../retention.js'
import { type AcceptedPurge, acceptPurge } from './accept-purge.js'
import type { Dated, DatedRows } from './dated.js'
import { purgeRows } from './purging.js'

/** What a backend gives for the purges of a database. */
export interface PurgedDatabase {
  /** Those that were opened. */
  domains: readonly Domain[]
  rows: { readonly [domain in PurgedDomain]: DatedRows<Dated> }
  /** Runs `work` unless another process purges this domain: then it resolves to `null`. */
  ifFree<T>(domain: PurgedDomain, work: () => Promise<T>): Promise<T | null>
  /** Calls `rows`, which purges row by row, with whatever else a purge is on this engine before and after. */
  purge(domain: PurgedDomain, order: AcceptedPurge, rows: () => Promise<Omit<Purged, 'days'>>): Promise<Purged>
}

/**
 * Purges a domain of a database, as `Retention` says. Resolves to `null` while another process does.
 * @throws StoreError `invalid`; `unsupported` for a domain that was not opened
 */
export async function purgeDomain(
  domain: PurgedDomain,
  order: PurgeOrder,
  database: PurgedDatabase,
): Promise<Purged | null> {
  const [purged, accepted] = acceptPurge(domain, order)
  if (!database.domains.includes(purged))
    throw new StoreError('unsupported', `${purged} was not opened on this database; name it in \`domains\``)
  return database.ifFree(purged, () =>
    database.purge(purged, accepted, () => purgeRows(database.rows[purged], accepted)),
  )
}
