import type { Migration } from '../../schema.js'

/**
 * What sweeps look for in all tenants (an end, or a deadline that nobody was told of), and who is told what: `settled` is the
 * version of an approval up to which its events were handed out, absent since its last step.
 */
export const approvals0002: Migration = {
  name: '0002_relay',
  collections: [
    {
      name: 'approvals',
      key: ['tenant', 'id'],
      indexes: [
        { name: 'by_next', fields: ['status', 'nextAt'], having: ['nextAt'] },
        { name: 'by_end', fields: ['status', 'expiresAt'], having: ['expiresAt'] },
        { name: 'by_settled', fields: ['settled', 'version'] },
      ],
    },
    { name: 'approval_consumers', key: ['name'] },
    {
      name: 'approval_relays',
      key: ['consumer', 'tenant', 'id'],
      indexes: [{ name: 'by_next', fields: ['_id.consumer', 'nextAt'], having: ['nextAt'] }],
    },
    {
      name: 'approval_dead',
      key: ['consumer', 'tenant', 'id', 'seq'],
      indexes: [{ name: 'by_time', fields: ['_id.consumer', 'at', 'atUs', '_id.tenant', '_id.id', '_id.seq'] }],
    },
  ],
}
