import type { Domain } from './domain.js'
import type { Storage } from './storage.js'

/** What every table name begins with unless told. */
export const DEFAULT_PREFIX = 'freehold_'
/** What a prefix may be: short enough for every engine's names, and nothing that would need escaping. */
export const PREFIX_PATTERN = /^[a-z_][a-z0-9_]{0,19}$/
/** Most connections of one pool. */
export const MAX_POOL = 1000

/** How to open one database. */
export interface BackendOptions {
  /** Such as `sqlite:agents.db` or `postgres://app@db/agents`. May hold a password: it never reaches a message. */
  url: string
  /** Most connections; the backend's own default unless told. */
  pool?: number
  /** What every table name begins with; `freehold_` unless told. */
  prefix?: string
  /** The domains that will be used here; all four unless told. Only their schema is looked at. */
  domains?: readonly Domain[]
  /**
   * What to do about the schema of those domains: `check` (unless told) refuses one that is not that of this build,
   * `migrate` brings it up to date first, `ignore` opens whatever is there, for migrations only.
   */
  schema?: 'check' | 'migrate' | 'ignore'
}

/** Whose rights on the audit are to be what appending needs, and no more. */
export interface AuditRightsOptions {
  /** Of the database; nothing is connected to. */
  url: string
  /** What every table name begins with; `freehold_` unless told. */
  prefix?: string
  /** The user of the application, or the role that it has, as the engine names it: it must own no table of the audit. */
  user: string
}

/** What the module of a backend exports: the front door loads it by the scheme of a URL. */
export interface Backend {
  /**
   * @throws StoreError `invalid` for a URL it cannot read or an option it does not take, `unavailable` when the database
   * cannot be reached, `unsupported` when its schema is missing, older, newer or changed, or when the database is set up
   * so that it cannot keep what is promised.
   */
  connect(options: BackendOptions): Promise<Storage>
  /** The same for two URLs of one database, such as `sqlite:a.db` and `sqlite:./a.db`; never holds a password. */
  identityOf(url: string): string
  /**
   * Statements that an administrator runs, in order, after which a user reads and appends to the audit, keeps all rights on the other
   * tables of ours, and can neither change nor delete an entry, nor the history of migrations of the audit.
   *
   * @throws StoreError `invalid`; `unsupported` where the database knows no users
   */
  auditRights(options: AuditRightsOptions): string[]
}
