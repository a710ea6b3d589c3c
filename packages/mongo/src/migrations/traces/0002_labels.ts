import type { Migration } from '../../schema.js'

/** Labels of traces, by which they are found. */
export const traces0002: Migration = {
  name: '0002_labels',
  collections: [
    {
      name: 'traces',
      key: ['tenant', 'traceId'],
      indexes: [
        {
          name: 'by_label',
          fields: ['_id.tenant', 'labelled', 'startedAt', 'startedAtUs', '_id.traceId'],
          having: ['labelled'],
        },
      ],
    },
  ],
}
