import type { StoreError } from '@freehold/contract'
import { readMysqlUrl } from '../src/dialects/mysql-options.js'

/** Where `mysql://db/agents` leads. */
export const PLAIN = { host: 'db', port: 3306, database: 'agents' }

/** TLS that verifies all there is to verify, and TLS that trusts whoever answers. */
export const FULL = { rejectUnauthorized: true, verifyHost: true }
export const REQUIRE = { rejectUnauthorized: false, verifyHost: false }

/** What is said of a URL; what it leads to, as JSON, where nothing is. */
export function problemsOf(url: string): string[] {
  try {
    return [JSON.stringify(readMysqlUrl(url))]
  } catch (error) {
    return (error as StoreError).problems.map(({ message }) => message)
  }
}
