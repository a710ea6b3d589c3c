import type { StoreError } from '@freehold/contract'
import { readPostgresUrl } from '../src/dialects/postgres-options.js'

/** Where `postgres://db/agents` leads. */
export const PLAIN = { host: 'db', port: 5432, database: 'agents', directTls: false, writable: false }

/** TLS that verifies all there is to verify. */
export const FULL = { rejectUnauthorized: true, verifyHost: true }

/** What is said of a URL; what it leads to, as JSON, where nothing is. */
export function problemsOf(url: string): string[] {
  try {
    return [JSON.stringify(readPostgresUrl(url))]
  } catch (error) {
    return (error as StoreError).problems.map(({ message }) => message)
  }
}
