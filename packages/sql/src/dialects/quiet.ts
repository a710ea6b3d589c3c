import type { Knex } from 'knex'

/** What knex is told not to say. */
export const QUIET: Knex.Config = {
  // A failed statement is reported with its placeholders: its values are payload.
  compileSqlOnError: false,
  // What goes wrong is thrown; knex would print it as well.
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
}
