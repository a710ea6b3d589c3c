import type { Migration } from '../../schema.js'

/** Labels of sessions and runs, by which they are found. */
export const sessions0002: Migration = {
  name: '0002_labels',
  collections: [
    {
      name: 'sessions',
      key: ['tenant', 'id'],
      indexes: [
        {
          name: 'by_label',
          fields: ['_id.tenant', 'labelled', 'createdAt', 'createdAtUs', '_id.id'],
          having: ['labelled'],
        },
      ],
    },
    {
      name: 'runs',
      key: ['tenant', 'id'],
      indexes: [
        {
          name: 'by_label',
          fields: ['_id.tenant', 'labelled', 'startedAt', 'startedAtUs', '_id.id'],
          having: ['labelled'],
        },
      ],
    },
  ],
}
