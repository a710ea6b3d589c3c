import type { StoredSpan, SummaryState } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { keepOtherOwners } from './other-owners.js'
import { traceRow } from './rows/traces.js'
import { keepTraceLabels } from './trace-labels.js'

const TRACE_KEY = ['tenant', 'trace_id']

/** A trace that a batch told of, and the summary that was there before. */
interface ToldTrace {
  traceId: string
  day: string
  spans: readonly { stored: StoredSpan }[]
  state: SummaryState
  stored?: SummaryState
}

/**
 * Writes the summaries of traces whose rows are locked, and by what else they are found.
 * @param traces all of the batch, of which these are others than they were created or found
 */
export async function saveSummaries(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  traces: readonly ToldTrace[],
  changed: readonly Pick<ToldTrace, 'traceId' | 'day' | 'state'>[],
): Promise<void> {
  const rows = changed.map(({ day, state }) => traceRow(db.dialect, tenant, day, batch, state))
  await db.overwrite(trx, 'traces', TRACE_KEY, rows)
  const states = new Map(changed.map(({ traceId, state }) => [traceId, state]))
  const owned = traces.map(({ spans, ...trace }) => ({
    ...trace,
    state: states.get(trace.traceId) ?? trace.stored ?? trace.state,
    spans: spans.map(({ stored }) => stored.facts),
  }))
  await keepOtherOwners(db, trx, tenant, owned)
  await keepTraceLabels(db, trx, tenant, owned)
}
