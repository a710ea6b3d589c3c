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
import { dropDays } from './purge-days.js'
import { DatedSessions } from './purge-sessions.js'
import { DatedTraces } from './purge-traces.js'

/** Removes what is past its date, of all tenants. */
export class SqlRetention implements Retention {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  async purge(domain: PurgedDomain, input: PurgeOrder): Promise<Purged | null> {
    const [purged, order] = acceptPurge(domain, input)
    if (!this.domains.includes(purged))
      throw new StoreError('unsupported', `${purged} was not opened on this database; name it in \`domains\``)
    return ifLeaseIsFree(this.db, purged, 'retention', async () => {
      const until = performance.now() + order.within
      const days = purged === 'traces' ? await dropDays(this.db, order) : 0
      const told =
        purged === 'traces'
          ? await purgeRows(new DatedTraces(this.db), order)
          : await purgeRows(new DatedSessions(this.db), order)
      if (!order.dryRun) await this.db.dialect.shrink?.(this.db.knex, until)
      return { ...told, days }
    })
  }
}
