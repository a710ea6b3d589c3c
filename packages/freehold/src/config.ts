import type { Domain } from '@freehold/contract'
import type { LabelRules } from './labels/label-rules.js'
import type { RetentionConfig } from './retention/retention-config.js'
import type { Tenants } from './tenants.js'

/** One database, by its URL, and how to use it. */
export interface DatabaseConfig {
  /** Such as `sqlite:agents.db`: the scheme chooses the backend. A relative path is relative to the current directory. */
  url: string
  /** Most connections; the backend's own default unless told. */
  pool?: number
  /** What every table name begins with: lower-case letters, digits and underscores; `freehold_` unless told. */
  prefix?: string
}

/** Which databases there are, and which domain lives in which. */
export interface StorageConfig {
  /** By a name of your own: letters, digits, `-` and `_`. */
  databases: Readonly<Record<string, string | DatabaseConfig>>
  /** For each domain the name of its database; may be left out when there is only one. */
  routes?: Readonly<Record<Domain, string>>
  /** Bring the schema up to date while opening; false unless told: a schema that is not that of this build is refused. */
  migrate?: boolean
  /**
   * Who the storage is when no tenant is named. Unless told here, it is what `FREEHOLD_TENANTS` says, or else the tenant
   * `default`, which a customer may be called. In a file, the variable wins.
   */
  tenants?: Tenants
  /**
   * How long traces and sessions are kept; for ever unless told. In a file, `FREEHOLD_TRACES_RETENTION` and
   * `FREEHOLD_SESSIONS_RETENTION` win, but not over the rule of a tenant.
   */
  retention?: RetentionConfig
  /** Which attributes and metadata become labels, by which traces, sessions and runs are found; none unless told. */
  labels?: LabelRules
}

/** How to open, whatever the configuration says. */
export interface OpenOptions {
  /** As in {@link StorageConfig}, and wins over it and over `FREEHOLD_MIGRATE`; what they say unless told. */
  migrate?: boolean
  /** As in {@link StorageConfig}, and wins over it and over `FREEHOLD_TENANTS`; what they say unless told. */
  tenants?: Tenants
}

/** A URL, and where it was given: problems are named by it. */
export interface GivenUrl {
  /** Such as `databases.vault.url` or `FREEHOLD_AUDIT_URL`. */
  field: string
  url: string
}

/** The database that one domain was routed to. */
export interface Target extends DatabaseConfig, GivenUrl {
  /** True when `pool` was meant for a URL that the environment replaced: it yields to a pool that was given for this one. */
  inherited: boolean
}

export type Targets = Partial<Record<Domain, Target>>

/** What may be shown in a message and used in a path: anything else could be a URL in the wrong place. */
export const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/
