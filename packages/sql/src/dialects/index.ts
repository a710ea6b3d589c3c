import { StoreError } from '@freehold/contract'
import type { Dialect } from './dialect.js'
import { mysql } from './mysql.js'
import { postgres } from './postgres.js'
import { sqliteAt } from './sqlite.js'

/** URL scheme → dialect. */
const DIALECTS: Readonly<Record<string, (url: string) => Dialect>> = {
  sqlite: sqliteAt,
  postgres: () => postgres,
  postgresql: () => postgres,
  mysql: () => mysql,
  mariadb: () => mysql,
}

/** @throws StoreError `invalid` for a scheme that no dialect speaks. */
export function dialectOf(url: string): Dialect {
  const scheme = /^([a-z][a-z0-9+]*):/.exec(url)?.[1]
  const dialect = scheme === undefined ? undefined : DIALECTS[scheme]
  if (dialect !== undefined) return dialect(url)
  const known = Object.keys(DIALECTS).map((name) => `${name}:`)
  throw StoreError.invalid('connect', [
    { field: 'url', message: `has no known scheme; begin it with ${known.join(', ')}` },
  ])
}
