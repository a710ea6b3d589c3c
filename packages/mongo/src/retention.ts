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
import { DatedSessions } from './purge-sessions.js'
import { DatedTraces } from './purge-traces.js'

/** Removes what is past its date, of all tenants. The server gives the disk back in its own time. */
export class MongoRetention implements Retention {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  purge(domain: PurgedDomain, input: PurgeOrder): Promise<Purged | null> {
    const { db, domains } = this
    return purgeDomain(domain, input, {
      domains,
      rows: { traces: new DatedTraces(db), sessions: new DatedSessions(db) },
      ifFree: (purged, work) => ifLeaseIsFree(db, `${purged} retention`, work),
      async purge(purged, _, purgeRows) {
        const told = await purgeRows()
        await db.present(purged, told.tenants)
        return { ...told, days: 0 }
      },
    })
  }
}
