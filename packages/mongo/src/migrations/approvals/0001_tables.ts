import type { Migration } from '../../schema.js'

const NEWEST = ['requestedAt', 'requestedAtUs', '_id.id']

export const approvals0001: Migration = {
  name: '0001_tables',
  collections: [
    {
      name: 'approvals',
      key: ['tenant', 'id'],
      indexes: [
        {
          name: 'by_call',
          fields: ['_id.tenant', 'runId', 'toolCallId', 'stepId'],
          unique: true,
          having: ['runId', 'toolCallId'],
        },
        { name: 'by_time', fields: ['_id.tenant', ...NEWEST] },
        { name: 'by_status', fields: ['_id.tenant', 'status', ...NEWEST] },
        { name: 'by_expiry', fields: ['_id.tenant', 'status', 'expiresAt'], having: ['expiresAt'] },
        { name: 'by_session', fields: ['_id.tenant', 'sessionId', ...NEWEST], having: ['sessionId'] },
      ],
    },
  ],
}
