import type { Migration } from '../../schema.js'

/** Labels of sessions and runs, by a row for each of which they are looked for. */
export const sessions0002: Migration = {
  name: '0002_labels',
  tables: [
    {
      name: 'session_labels',
      columns: { tenant: 'id', id: 'id', name: 'word', value: 'id', created_at: 'time' },
      key: ['tenant', 'id', 'name'],
      indexes: [['tenant', 'name', 'value', 'created_at', 'id']],
    },
    {
      // Those of a session lie together, in the order of its runs: they go with these.
      name: 'run_labels',
      columns: {
        tenant: 'id',
        session_id: 'id',
        seq: 'integer',
        name: 'word',
        value: 'id',
        started_at: 'time',
        id: 'id',
      },
      key: ['tenant', 'session_id', 'seq', 'name'],
      indexes: [['tenant', 'name', 'value', 'started_at', 'id']],
    },
  ],
  changes: [
    { table: 'sessions', columns: { labels: 'json?' } },
    { table: 'runs', columns: { labels: 'json?' } },
  ],
}
