import type { Migration } from '../../schema.js'

/** What sweeps look for in all tenants: an end, or a deadline that nobody was told of. */
export const approvals0002: Migration = {
  name: '0002_deadlines',
  collections: [
    {
      name: 'approvals',
      key: ['tenant', 'id'],
      indexes: [
        { name: 'by_next', fields: ['status', 'nextAt'], having: ['nextAt'] },
        { name: 'by_end', fields: ['status', 'expiresAt'], having: ['expiresAt'] },
      ],
    },
  ],
}
