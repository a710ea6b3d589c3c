import type { Failure } from './dialect.js'
import { failures } from './failures.js'

/** By the code of the error. */
const FAILURES = failures({
  again: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
  taken: ['SQLITE_CONSTRAINT'],
  invalid: ['SQLITE_TOOBIG', 'ENAMETOOLONG'],
  // The last four come from the directory of the file.
  unavailable: [
    ...['SQLITE_CANTOPEN', 'SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_MISUSE'],
    ...['EACCES', 'EEXIST', 'ENOTDIR', 'EROFS'],
  ],
})

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (code === 'SQLITE_CONSTRAINT' && !/UNIQUE|PRIMARY KEY/i.test(message)) return { code: 'internal' }
  if (/no such table/.test(message)) return { code: 'unsupported' }
  return FAILURES.get(code) ?? { code: 'internal' }
}
