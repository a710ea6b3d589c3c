import {
  type Domain,
  type Purged,
  type PurgedDomain,
  type PurgeOrder,
  purgeDomain,
  type Retention,
} from '@freehold/contract'
import type { Database } from './database.js'
import { ifLeaseIsFree } from './lease.js'
import { dropDays } from './purge-days.js'
import { DatedSessions } from './purge-sessions.js'
import { DatedTraces } from './purge-traces.js'

/** Removes what is past its date, of all tenants. */
export class SqlRetention implements Retention {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  purge(domain: PurgedDomain, input: PurgeOrder): Promise<Purged | null> {
    const { db, domains } = this
    return purgeDomain(domain, input, {
      domains,
      rows: { traces: new DatedTraces(db), sessions: new DatedSessions(db) },
      ifFree: (purged, work) => ifLeaseIsFree(db, purged, 'retention', work),
      async purge(purged, order, purgeRows) {
        const until = performance.now() + order.within
        const days = purged === 'traces' ? await dropDays(db, order) : 0
        const told = await purgeRows()
        if (!order.dryRun) await db.dialect.shrink?.(db.knex, until)
        return { ...told, days }
      },
    })
  }
}
