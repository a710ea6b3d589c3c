import type { Domain } from './domain.js'

export type MigrationState =
  /** Applied here, and the same as in this build. */
  | 'applied'
  /** In this build, not applied here yet. */
  | 'pending'
  /** Applied here under the same name with other content: the build or the database is not what it says it is. */
  | 'changed'
  /** Applied here by a newer build that this one does not know. */
  | 'unknown'

export interface MigrationStatus {
  domain: Domain
  /** Such as `0001_tables`; the same on every backend. */
  name: string
  state: MigrationState
}

/**
 * The schema of each domain, changed in numbered steps. Every domain has its own history, so it can live in, and move
 * to, a database of its own.
 *
 * - opening a store whose schema is missing is refused with the remedy
 * - opening a store whose schema is newer is refused and changes nothing
 * - migrating twice changes nothing the second time
 * - down then up gives an empty store that works
 * - every migration has a checksum and one that was changed after it was applied is refused
 * - a schema that is newer or changed is neither brought up nor down
 * - each domain migrates on its own and leaves the others alone
 * - eight processes that migrate an empty database all succeed
 * - a process killed while it migrates leaves a database that the next one finishes
 */
export interface Migrations {
  /** Every migration known to this build or applied in the database, by domain, then name. Changes nothing. */
  status(): Promise<MigrationStatus[]>
  /**
   * Applies what is pending, for all routed domains or one. Any number of processes may call it at once: one works, the
   * others wait for it. One that is killed half-way blocks the next for at most 30 seconds.
   * @returns what this call applied; empty when there was nothing to do.
   */
  up(domain?: Domain): Promise<MigrationStatus[]>
  /**
   * Undoes every migration of one domain, newest first, **with all its data**.
   * @returns what was undone.
   */
  down(domain: Domain): Promise<MigrationStatus[]>
  /**
   * The statements that {@link up} would run, for those who run them themselves, in their order: a database where each of
   * them was run opens. Any may be repeated, but for one that adds columns
   * to a table, which an engine refuses where they are there: a new plan has what is left. Changes nothing. What `up` refuses to do is not planned, but refused as it is there.
   */
  plan(domain?: Domain): Promise<string[]>
}
