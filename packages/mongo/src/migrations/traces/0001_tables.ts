import type { Migration } from '../../schema.js'

const NEWEST = ['startedAt', 'startedAtUs', '_id.traceId']

export const traces0001: Migration = {
  name: '0001_tables',
  collections: [
    {
      name: 'traces',
      key: ['tenant', 'traceId'],
      indexes: [
        { name: 'by_time', fields: ['_id.tenant', ...NEWEST], having: ['startedAt'] },
        { name: 'by_session', fields: ['_id.tenant', 'sessionId', ...NEWEST], having: ['sessionId'] },
        { name: 'by_user', fields: ['_id.tenant', 'userId', ...NEWEST], having: ['userId'] },
        { name: 'by_agent', fields: ['_id.tenant', 'agentId', ...NEWEST], having: ['agentId'] },
        { name: 'by_run', fields: ['_id.tenant', 'runId', ...NEWEST], having: ['runId'] },
      ],
    },
    {
      // The spans of one trace lie next to each other by their key.
      name: 'spans',
      key: ['tenant', 'traceId', 'spanId'],
      indexes: [{ name: 'by_time', fields: ['_id.tenant', ...NEWEST, '_id.spanId'] }],
    },
    // What spans of one trace share: each piece once, under a name that is made of it.
    { name: 'texts', key: ['tenant', 'traceId', 'name'] },
  ],
}
