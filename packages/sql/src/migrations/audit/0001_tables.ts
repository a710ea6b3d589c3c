import type { Migration } from '../../schema.js'

export const audit0001: Migration = {
  name: '0001_tables',
  tables: [
    {
      name: 'audit',
      columns: {
        tenant: 'id',
        stream: 'id',
        seq: 'integer',
        id: 'id',
        time: 'time',
        actor: 'label',
        action: 'label',
        target: 'label?',
        outcome: 'label?',
        reason: 'text?',
        shape: 'word?',
        trace_id: 'id?',
        run_id: 'id?',
        session_id: 'id?',
        approval_id: 'id?',
        previous_hash: 'hash',
        hash: 'hash',
        data: 'json?',
        hashed_text: 'text',
      },
      key: ['tenant', 'stream', 'seq'],
      unique: [
        ['tenant', 'id'],
        ['tenant', 'stream', 'previous_hash'],
      ],
      indexes: [
        ['tenant', 'time', 'id'],
        ['tenant', 'actor', 'time', 'id'],
        ['tenant', 'approval_id', 'time', 'id'],
        ['tenant', 'run_id', 'time', 'id'],
        ['tenant', 'action', 'time', 'id'],
        ['tenant', 'target', 'time', 'id'],
        ['tenant', 'outcome', 'time', 'id'],
        ['tenant', 'shape', 'time', 'id'],
        ['tenant', 'trace_id', 'time', 'id'],
        ['tenant', 'session_id', 'time', 'id'],
      ],
      appendOnly: true,
    },
    {
      name: 'audit_heads',
      columns: {
        tenant: 'id',
        stream: 'id',
        seq: 'integer',
        hash: 'hash',
        checkpoint_seq: 'integer?',
        checkpoint_hash: 'hash?',
        checkpoint_at: 'time?',
      },
      key: ['tenant', 'stream'],
    },
    {
      // Which views there are, one for each shape over all tenants, and which tenants use them, or are about to.
      name: 'audit_shapes',
      columns: { name: 'word', tenant: 'id', columns: 'json', defining: 'id?' },
      key: ['name', 'tenant'],
    },
  ],
}
