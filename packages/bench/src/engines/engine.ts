import type { Storage } from '@freehold/contract'
import type { HandWritten } from './hand-written.js'

export const ENGINES = ['sqlite', 'better-sqlite', 'postgres', 'postgres15', 'mysql', 'mariadb', 'mongodb'] as const
export type EngineName = (typeof ENGINES)[number]
/** What a store of another product can be put beside: by which driver a file is read is our affair. */
export type PeerEngine = Exclude<EngineName, 'better-sqlite'>

export const TITLES: Readonly<Record<EngineName, string>> = {
  sqlite: 'SQLite',
  'better-sqlite': 'SQLite with better-sqlite3',
  postgres: 'PostgreSQL',
  postgres15: 'PostgreSQL 15',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
}

/** The name of what was measured: MongoDB's protocol has more than one server, and another has its own name. */
export function titleOf({ engine, version }: { engine: EngineName; version: string }): string {
  return isDocumentDb(version) ? `DocumentDB (${TITLES[engine]}'s protocol)` : TITLES[engine]
}

export function isDocumentDb(version: string): boolean {
  return version.startsWith('DocumentDB ')
}

/** Connections of a pool, on both sides. */
export const POOL = 8

/** One database, with Freehold's tables in it, open through Freehold and through the raw driver. */
export interface Place {
  readonly url: string
  readonly freehold: Storage
  readonly raw: HandWritten
  /** Closes both and drops the database. */
  remove(): Promise<void>
}

export interface Engine {
  readonly name: EngineName
  readonly version: string
  readonly how: string
  readonly driver: string
  readonly settings: Readonly<Record<string, string>>
  /** A new database under a name that is free. */
  place(name: string): Promise<Place>
  dispose(): Promise<void>
}
