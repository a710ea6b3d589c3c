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

/** What is said where the driver was installed without its compiled part, or with that of another Node. */
const NO_BINARY =
  /Could not locate the bindings file|was compiled against a different Node\.js version|ERR_DLOPEN_FAILED/

function noDriver(driver: string): Failure {
  const says = `the package ${driver} has no binary for this Node; let its install script run (npm rebuild ${driver}, or pnpm approve-builds)`
  return { code: 'unsupported', says }
}

/** What an error of the driver means. */
export function failureOf(error: unknown): Failure {
  const { code = '', message = '', cause } = error as { code?: string; message?: string; cause?: unknown }
  const told = `${code} ${message} ${String(cause)}`
  if (NO_BINARY.test(told)) return noDriver(/better.sqlite3/.test(told) ? 'better-sqlite3' : 'sqlite3')
  if (/directory does not exist/.test(message)) return meaning('noOpen')
  // One of the drivers tells more, as SQLITE_IOERR_WRITE.
  const [primary = ''] = /^SQLITE_[A-Z]+/.exec(code) ?? [code]
  if (primary === 'SQLITE_CONSTRAINT' && !/UNIQUE|PRIMARY KEY/i.test(message)) return { code: 'internal' }
  if (/no such table/.test(message)) return meaning('missing')
  if (/reserved for internal use/.test(message)) return meaning('reserved')
  if (
    /no such column|has no column|views may not be indexed|cannot modify \S+ because it is a view|already (a table|another)/.test(
      message,
    )
  )
    return meaning('foreign')
  return FAILURES.get(primary) ?? { code: 'internal' }
}
