import type { Session } from '../src/session.js'

/** A session as it is stored. */
export const stored = (fields: Partial<Session> = {}): Session => ({
  id: 's',
  type: 'agent',
  version: 3,
  runs: 7,
  createdAt: 10,
  updatedAt: 20,
  ...fields,
})
