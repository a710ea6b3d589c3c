import type { Failure } from './dialect.js'
import { failures, NETWORK } from './failures.js'

/** By SQLSTATE, or by its first two characters. Two processes that create one table meet at its name, or its type's. */
const FAILURES = failures({
  again: ['40001', '40P01', '55P03'],
  taken: ['23505', '42P07', '42710'],
  timeout: ['57014'],
  invalid: ['22', '54'],
  missing: ['42P01'],
  unavailable: ['08', '25006', '53', '57', '58'],
  refused: ['28', '3D000', '42501'],
})

/** What the driver says without a code. */
const UNREACHABLE =
  /Connection terminated|does not support SSL|Client has encountered a connection error|Client was closed|timeout expired/

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code === undefined) return { code: UNREACHABLE.test(message) ? 'unavailable' : 'internal' }
  return FAILURES.get(code) ?? NETWORK.get(code) ?? FAILURES.get(code.slice(0, 2)) ?? { code: 'internal' }
}
