import type { Migration } from '../../schema.js'

const NEWEST_SESSION = ['createdAt', 'createdAtUs', '_id.id']
const NEWEST_RUN = ['startedAt', 'startedAtUs', '_id.id']

export const sessions0001: Migration = {
  name: '0001_tables',
  collections: [
    {
      name: 'sessions',
      key: ['tenant', 'id'],
      indexes: [
        { name: 'by_time', fields: ['_id.tenant', ...NEWEST_SESSION] },
        { name: 'by_user', fields: ['_id.tenant', 'userId', ...NEWEST_SESSION], having: ['userId'] },
        { name: 'by_agent', fields: ['_id.tenant', 'agentId', ...NEWEST_SESSION], having: ['agentId'] },
      ],
    },
    {
      name: 'runs',
      key: ['tenant', 'id'],
      indexes: [
        { name: 'by_place', fields: ['_id.tenant', 'sessionId', 'life', 'seq'], unique: true },
        { name: 'by_time', fields: ['_id.tenant', ...NEWEST_RUN] },
        { name: 'by_user', fields: ['_id.tenant', 'userId', ...NEWEST_RUN], having: ['userId'] },
        { name: 'by_agent', fields: ['_id.tenant', 'agentId', ...NEWEST_RUN], having: ['agentId'] },
      ],
    },
  ],
}
