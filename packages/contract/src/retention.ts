import type { Timestamp } from './time.js'

export const PURGED = ['traces', 'sessions'] as const
/** The domains of which rows have a date: approvals and the audit are kept until somebody removes them. */
export type PurgedDomain = (typeof PURGED)[number]

/** Which rows are past their date. */
export interface PurgeRule {
  /** Traces that began before this, sessions that changed last before this. None unless told. */
  before?: Timestamp
  /** The same for traces with an error, if they are kept for longer: not after `before`, which counts unless told. */
  errorsBefore?: Timestamp
}

export interface PurgeOrder extends PurgeRule {
  /** The rule of these tenants, in place of the one above. */
  tenants?: Readonly<Record<string, PurgeRule>>
  /** Users of whom everything is kept, however old it is: by tenant, or asked for each tenant that has rows. */
  held?: Readonly<Record<string, readonly string[]>> | ((tenant: string) => Promise<readonly string[]>)
  /** How long it may take, in milliseconds, from 1 to 3,600,000; 10,000 unless told. It ends with the batch that is under way. */
  within?: number
  /** Counts, and removes nothing. */
  dryRun?: boolean
  /** Ends it with the batch that is under way, as if its time were over. */
  signal?: AbortSignal
}

/** What was removed of one tenant; of a dry run, what would be. */
export interface PurgedTenant {
  tenant: string
  /** Traces, or sessions. */
  removed: number
  /** Their spans, or runs. */
  rows: number
}

export interface Purged {
  /** By the bytes of their names; those of which nothing was removed are left out. */
  tenants: PurgedTenant[]
  /** Traces or sessions that are past their date, and kept because a user is held; of this call. */
  held: number
  /** Days that were dropped whole, where the database can (`capabilities.dropsDays`). */
  days: number
  /** True when nothing that is past its date is left, but for what is held; of a dry run, when all was counted. */
  complete: boolean
  /** How long the oldest that is left, and not held, is past its date, in seconds; 0 when none is. Of a dry run, the oldest that is there. */
  secondsPast: number
}

/**
 * Removes what is past its date, of all tenants, whole traces and whole sessions. It works in batches that are short, so that
 * others keep writing, and where it was cut off it goes on: what is left is found by its date alone.
 */
export interface Retention {
  /**
   * Purges a domain. Resolves to `null` while another process does.
   *
   * - what is past its date is removed whole and nothing else
   * - a tenant with a rule of its own is purged by that alone
   * - traces with an error are kept until their own date
   * - whatever a held user has part in is kept and counted
   * - a session that changed since its date is kept however old it is
   * - a dry run counts what would be removed and removes nothing
   * - a purge that is out of time tells so and the next goes on
   * - a date before which nothing is, or that is no date, purges nothing
   * - what is written while a purge goes on is kept unless it is past its date
   */
  purge(domain: PurgedDomain, order: PurgeOrder): Promise<Purged | null>
}
