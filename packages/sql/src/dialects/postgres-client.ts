import { Socket } from 'node:net'
import { beginningWith, clientOf } from './knex-client.js'
import { NO_DIRECT_TLS, NOT_POSTGRES } from './postgres-failures.js'
import { LOCK_TIMEOUT } from './server.js'

/** How the first answer of a server begins: with one of these messages, or with the byte about TLS. */
const FIRST = /^[REvNS]/

/** A connection of which others than PostgreSQL are told as such: to the driver they lose it, or say what it cannot read. */
export function toPostgres(): Socket {
  const socket = new Socket()
  return socket.once('data', (first: Buffer) => {
    if (!FIRST.test(first.toString('latin1', 0, 1)))
      socket.destroy(Object.assign(new Error('what answers is no PostgreSQL'), { code: NOT_POSTGRES }))
  })
}

/** A server without TLS, or before 17, hangs up on it: no more than a lost connection to the driver, for ever. */
class TellingPostgres extends clientOf('postgres') {
  override async acquireRawConnection(): Promise<unknown> {
    try {
      return await super.acquireRawConnection()
    } catch (error) {
      const { sslnegotiation } = this.connectionSettings as { sslnegotiation?: string }
      if (sslnegotiation === 'direct' && /before secure TLS connection/.test((error as Error).message))
        Object.assign(error as Error, { code: NO_DIRECT_TLS })
      throw error
    }
  }
}

/**
 * What matters to a transaction is set within it and ends with it: where a pool of the server's hands one connection to
 * many clients, the next of them must not find what we set.
 */
export const LocalSettings = beginningWith(
  `begin isolation level read committed; set local lock_timeout = ${LOCK_TIMEOUT}`,
  TellingPostgres,
)
