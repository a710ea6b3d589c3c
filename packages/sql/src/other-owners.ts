import { OWNERS, type Owners, type SpanFacts, type SummaryState } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { columnOf } from './rows/codec.js'

/** A trace that a batch told of: what its summary was and is, and the spans that were told. */
interface ToldTrace {
  traceId: string
  day: string
  stored?: SummaryState | undefined
  state: SummaryState
  spans: readonly SpanFacts[]
}

/**
 * Remembers the owners that spans of a trace have beside those of its summary, so that the spans of any owner are among
 * those of the traces that are known by it. What was the owner of the summary may be that of spans for ever after.
 */
export async function keepOtherOwners(
  db: Database,
  trx: Knex,
  tenant: string,
  traces: readonly ToldTrace[],
): Promise<void> {
  const rows = traces.flatMap(({ traceId, day, stored, state, spans }) =>
    OWNERS.flatMap((owner) => {
      const told = [stored?.summary, ...spans].map((one: Owners | undefined) => one?.[owner])
      const others = new Set(told.filter((value) => value !== undefined && value !== state.summary[owner]))
      return [...others].map((value) => ({ tenant, owner: columnOf(owner), value, trace_day: day, trace_id: traceId }))
    }),
  )
  await db.insertNew(trx, 'other_owners', rows)
}
