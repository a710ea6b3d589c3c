import { urlTextProblem } from '@freehold/contract'
import type { Dialect } from './dialect.js'
import { mysql } from './mysql.js'
import { postgres } from './postgres.js'
import { refuseUrl } from './server-url.js'
import { sqliteAt } from './sqlite.js'

/** URL scheme → dialect. */
const DIALECTS: Readonly<Record<string, (url: string) => Dialect>> = {
  sqlite: sqliteAt,
  sqlite3: sqliteAt,
  'better-sqlite3': sqliteAt,
  postgres: () => postgres,
  postgresql: () => postgres,
  mysql: () => mysql,
  mariadb: () => mysql,
}

/** @throws StoreError `invalid` for a URL with such a text, or a scheme that no dialect speaks. */
export function dialectOf(url: string): Dialect {
  const wrong = urlTextProblem(url)
  if (wrong !== undefined) refuseUrl([wrong])
  const scheme = /^([a-z][a-z0-9+-]*):/i.exec(url)?.[1]?.toLowerCase()
  const dialect = scheme !== undefined && Object.hasOwn(DIALECTS, scheme) ? DIALECTS[scheme] : undefined
  if (dialect !== undefined) return dialect(url)
  const known = Object.keys(DIALECTS).map((name) => `${name}:`)
  return refuseUrl([`has no known scheme; begin it with ${known.join(', ')}`])
}
