import type { Migration } from '../../schema.js'

/**
 * What binds, where the call stands, what sweeps look for in all tenants (an end, or a deadline that nobody was told of), and
 * who is told what: `settled` is the version of an approval up to which its events were handed out, NULL since its last step. Of
 * an approval that a build before requested, no deadline is told.
 */
export const approvals0002: Migration = {
  name: '0002_relay',
  tables: [
    {
      name: 'approval_consumers',
      columns: {
        name: 'id',
        id: 'id',
        start: 'word',
        since: 'time',
        holder: 'id',
        held_until: 'time',
        walked_tenant: 'id?',
        walked_id: 'id?',
      },
      key: ['name'],
    },
    {
      name: 'approval_relays',
      columns: {
        consumer: 'id',
        tenant: 'id',
        approval_id: 'id',
        seq: 'integer',
        wanted: 'integer',
        next_at: 'time?',
        attempts: 'integer',
        failing_since: 'time?',
        reason: 'text?',
      },
      key: ['consumer', 'tenant', 'approval_id'],
      indexes: [['consumer', 'next_at']],
    },
    {
      name: 'approval_dead',
      columns: { consumer: 'id', tenant: 'id', approval_id: 'id', seq: 'integer', reason: 'text', at: 'time' },
      key: ['consumer', 'tenant', 'approval_id', 'seq'],
      indexes: [['consumer', 'at', 'tenant', 'approval_id', 'seq']],
    },
  ],
  changes: [
    {
      table: 'approvals',
      columns: {
        bind: 'json?',
        trace_id: 'hex?',
        span_id: 'hex?',
        reminded: 'integer?',
        next_at: 'time?',
        settled: 'integer?',
      },
      indexes: [
        ['status', 'next_at'],
        ['status', 'expires_at'],
        ['settled', 'version', 'tenant', 'id'],
      ],
    },
  ],
}
