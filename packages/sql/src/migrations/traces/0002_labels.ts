import type { Migration } from '../../schema.js'

/**
 * Labels of spans and traces, and where each was found. A trace is looked for by a row for each of its labels, which says when it
 * began as far as is known: never before that.
 */
export const traces0002: Migration = {
  name: '0002_labels',
  tables: [
    {
      name: 'trace_labels',
      columns: {
        tenant: 'id',
        trace_day: 'day',
        trace_id: 'hex',
        name: 'word',
        value: 'id',
        started_at: 'time',
      },
      key: ['tenant', 'trace_day', 'trace_id', 'name'],
      partitionBy: 'trace_day',
      indexes: [['tenant', 'name', 'value', 'started_at', 'trace_id']],
    },
  ],
  changes: [
    { table: 'traces', columns: { labels: 'json?', label_places: 'json?' } },
    // As text, like whatever else spans have that is JSON.
    { table: 'spans', columns: { labels: 'text?' } },
  ],
  views: ['labelled_spans'],
}
