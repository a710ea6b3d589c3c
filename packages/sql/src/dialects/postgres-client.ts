import { beginningWith, clientOf } from './knex-client.js'
import { LOCK_TIMEOUT } from './server.js'

/**
 * What matters to a transaction is set within it and ends with it: where a pool of the server's hands one connection to
 * many clients, the next of them must not find what we set.
 */
export const LocalSettings = beginningWith(
  `begin isolation level read committed; set local lock_timeout = ${LOCK_TIMEOUT}`,
  clientOf('postgres'),
)
