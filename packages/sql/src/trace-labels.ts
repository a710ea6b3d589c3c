import { type Labels, labelTexts, type SummaryState } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'

/** A trace whose row is locked: what its summary was and is. */
interface ToldTrace {
  traceId: string
  day: string
  stored?: SummaryState | undefined
  state: SummaryState
}

/**
 * Keeps the rows by which traces are found by their labels: which there are is known from the summary that was stored. Nothing
 * is asked or written of traces whose labels and start are what they were.
 */
export async function keepTraceLabels(
  db: Database,
  trx: Knex,
  tenant: string,
  traces: readonly ToldTrace[],
): Promise<void> {
  const rows: Row[] = []
  for (const { traceId, day, stored, state } of traces) {
    const [before, after] = [stored?.summary, state.summary]
    if ((before?.labels ?? after.labels) === undefined || before === after) continue
    const gone = goneNames(before?.labels, after.labels)
    if (gone.length > 0)
      await trx(db.table('trace_labels'))
        .where({ tenant, trace_day: day, trace_id: traceId })
        .whereIn('name', gone)
        .delete()
    const started_at = db.dialect.toTime(after.startedAt)
    const changed = before?.startedAt === after.startedAt ? changedLabels(before.labels, after.labels) : after.labels
    for (const [name, value] of labelTexts(changed))
      rows.push({ tenant, trace_day: day, trace_id: traceId, name, value, started_at })
  }
  await db.overwrite(trx, 'trace_labels', ['tenant', 'trace_day', 'trace_id', 'name'], rows)
}

/** The names of labels that are no more. */
export function goneNames(before: Labels | undefined, after: Labels | undefined): string[] {
  const kept = new Set(Object.keys(after ?? {}))
  return Object.keys(before ?? {}).filter((name) => !kept.has(name))
}

/** Those whose text is another than it was. */
export function changedLabels(before: Labels | undefined, after: Labels | undefined): Labels {
  const known = new Map(labelTexts(before))
  return Object.fromEntries(labelTexts(after).filter(([name, text]) => known.get(name) !== text))
}
