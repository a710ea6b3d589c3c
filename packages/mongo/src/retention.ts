import {
  acceptPurge,
  type Domain,
  type Purged,
  type PurgedDomain,
  type PurgeOrder,
  purgeRows,
  type Retention,
  StoreError,
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

  async purge(domain: PurgedDomain, input: PurgeOrder): Promise<Purged | null> {
    const [purged, order] = acceptPurge(domain, input)
    if (!this.domains.includes(purged))
      throw new StoreError('unsupported', `${purged} was not opened on this database; name it in \`domains\``)
    return ifLeaseIsFree(this.db, `${purged} retention`, async () => {
      const told =
        purged === 'traces'
          ? await purgeRows(new DatedTraces(this.db), order)
          : await purgeRows(new DatedSessions(this.db), order)
      await this.db.present(purged, told.tenants)
      return { ...told, days: 0 }
    })
  }
}
