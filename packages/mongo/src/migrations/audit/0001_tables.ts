import type { Migration } from '../../schema.js'

const NEWEST = ['time', 'timeUs', '_id.id']

export const audit0001: Migration = {
  name: '0001_tables',
  collections: [
    {
      name: 'audit',
      key: ['tenant', 'id'],
      indexes: [
        { name: 'by_place', fields: ['_id.tenant', 'stream', 'seq'], unique: true },
        { name: 'by_predecessor', fields: ['_id.tenant', 'stream', 'previousHash'], unique: true },
        { name: 'by_time', fields: ['_id.tenant', ...NEWEST] },
        { name: 'by_actor', fields: ['_id.tenant', 'actor', ...NEWEST] },
        { name: 'by_approval', fields: ['_id.tenant', 'approvalId', ...NEWEST], having: ['approvalId'] },
        { name: 'by_run', fields: ['_id.tenant', 'runId', ...NEWEST], having: ['runId'] },
      ],
    },
    { name: 'audit_heads', key: ['tenant', 'stream'] },
    // To which stream each id of an entry was given.
    { name: 'audit_ids', key: ['tenant', 'id'] },
    // Which views there are, one for each shape over all tenants, and which tenants use them, or are about to.
    { name: 'audit_shapes', key: ['name', 'tenant'] },
  ],
}
