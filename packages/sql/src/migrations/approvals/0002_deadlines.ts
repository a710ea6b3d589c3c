import type { Migration } from '../../schema.js'

/**
 * What binds, where the call stands, and what sweeps look for in all tenants: an end, or a deadline that nobody was told of. Of an
 * approval that a build before requested, no deadline is told.
 */
export const approvals0002: Migration = {
  name: '0002_deadlines',
  tables: [],
  changes: [
    {
      table: 'approvals',
      columns: { bind: 'json?', trace_id: 'hex?', span_id: 'hex?', reminded: 'integer?', next_at: 'time?' },
      indexes: [
        ['status', 'next_at'],
        ['status', 'expires_at'],
      ],
    },
  ],
}
