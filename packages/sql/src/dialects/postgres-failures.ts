import type { Failure } from './dialect.js'
import { failures, type Meaning, meaning, networkFailureOf } from './failures.js'

/** By SQLSTATE, or by its first two characters. Two processes that create one table meet at its name, or its type's. */
const FAILURES = failures({
  again: ['40001', '40P01', '55P03'],
  taken: ['23505', '42P07', '42710'],
  timeout: ['57014'],
  invalid: ['22', '54'],
  characters: ['22021', '22P05'],
  missing: ['42P01'],
  foreign: ['42703', '42804', '42809', '42P10', '42P16'],
  noSchema: ['3F000'],
  down: ['57'],
  lost: ['08'],
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
  [/does not support SSL|error establishing an SSL/, 'noTls'],
  [/timeout expired/, 'noWay'],
  [/password must be a/, 'password'],
  [/Connection terminated|Client has encountered a connection error|Client was closed/, 'lost'],
]

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code === undefined) {
    const saying = SAYINGS.find(([words]) => words.test(message))
    return saying === undefined ? { code: 'internal' } : meaning(saying[1])
  }
  return FAILURES.get(code) ?? networkFailureOf(code) ?? FAILURES.get(code.slice(0, 2)) ?? { code: 'internal' }
}
