import type { Failure } from './dialect.js'
import { failures, meaning } from './failures.js'

/** By the code of the error: SQLite's own, or that of the system about the directory of the file. */
const FAILURES = failures({
  again: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
  taken: ['SQLITE_CONSTRAINT'],
  invalid: ['SQLITE_TOOBIG', 'ENAMETOOLONG'],
  notOurs: ['SQLITE_NOTADB'],
  full: ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'],
  broken: ['SQLITE_IOERR', 'SQLITE_MISUSE', 'SQLITE_NOMEM', 'SQLITE_PROTOCOL'],
  noWrite: ['SQLITE_READONLY', 'EROFS'],
  noOpen: ['SQLITE_CANTOPEN', 'SQLITE_PERM', 'EACCES', 'EEXIST', 'ELOOP', 'ENOTDIR', 'EPERM'],
  damaged: ['SQLITE_CORRUPT'],
})

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (code === 'SQLITE_CONSTRAINT' && !/UNIQUE|PRIMARY KEY/i.test(message)) return { code: 'internal' }
  if (/no such table/.test(message)) return meaning('missing')
  if (
    /no such column|has no column|views may not be indexed|cannot modify .* is a view|already (a table|another)/.test(
      message,
    )
  )
    return meaning('foreign')
  return FAILURES.get(code) ?? { code: 'internal' }
}
