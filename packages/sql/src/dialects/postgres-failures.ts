import type { Failure } from './dialect.js'
import { failures, type Meaning, meaning, networkFailureOf } from './failures.js'

/** Codes of ours for what the driver does not tell from a lost connection. */
export const NOT_POSTGRES = 'NOT_POSTGRES'
export const NO_DIRECT_TLS = 'NO_DIRECT_TLS'
/** What was prepared does not fit any more, and is made anew on another connection. */
export const STALE = 'STALE'

/** By SQLSTATE, or by its first two characters. Two processes that create one table meet at its name, or its type's. */
const FAILURES = failures({
  again: ['40001', '40P01', '55P03', STALE],
  taken: ['23505', '42P07', '42710'],
  // The second: a whole transaction, from PostgreSQL 17 on.
  timeout: ['57014', '25P04'],
  invalid: ['22', '54'],
  characters: ['22021', '22P05'],
  missing: ['42P01'],
  foreign: ['42703', '42804', '42809', '42P10', '42P16'],
  // Of others: a view on our view, a key onto our table.
  depended: ['2BP01', '23503'],
  noFeature: ['0A000', '42704'],
  noSchema: ['3F000'],
  starting: ['57P03'],
  closed: ['55000'],
  down: ['57'],
  stranger: [NOT_POSTGRES],
  noDirectTls: [NO_DIRECT_TLS],
  // The last two: a connection that was idle in a transaction, and one that was lost while it committed.
  lost: ['08', '25P03', '40003'],
  crowded: ['53300'],
  full: ['53100'],
  readOnly: ['25006'],
  broken: ['53', '58'],
  password: ['28P01'],
  barred: ['28'],
  noDatabase: ['3D000'],
  noRight: ['42501'],
})

/** What the driver says without a code. */
const SAYINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/does not support SSL/, 'noTls'],
  [/error establishing an SSL|received (unexpected|invalid)/i, 'stranger'],
  [/timeout expired/, 'noWay'],
  [/password must be a/, 'password'],
  [/Connection terminated|Client has encountered a connection error|Client was closed/, 'lost'],
]

/** The codes under which poolers tell everything, and what they say. */
const OF_POOLERS = ['08P01', 'XX000']
const SAYINGS_OF_POOLERS: readonly (readonly [RegExp, Meaning])[] = [
  [/no such database|database .{0,200}does not exist/i, 'noDatabase'],
  [/tenant or user not found|no such user|authentication failed|auth failed|wrong password/i, 'password'],
  [/unsupported startup parameter|unsupported .*option/i, 'startup'],
  [/SSL required|TLS required/i, 'onlyTls'],
  [/max clients|max client conn|no more connections|too many connections/i, 'crowded'],
]

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code, message = '' } = error as { code?: string; message?: string }
  const sayings = code === undefined ? SAYINGS : OF_POOLERS.includes(code) ? SAYINGS_OF_POOLERS : []
  const saying = sayings.find(([words]) => words.test(message))
  if (saying !== undefined) return meaning(saying[1])
  if (code === undefined) return { code: 'internal' }
  return FAILURES.get(code) ?? networkFailureOf(code) ?? FAILURES.get(code.slice(0, 2)) ?? { code: 'internal' }
}
