/**
 * - `full`: the limit in bytes is reached
 * - `disk`: the disk refused; `cause` is its error
 * - `taken`: this process stood still for so long that another one took the directory over
 * - `closed`: the spool is closed
 */
export type SpoolProblem = 'full' | 'disk' | 'taken' | 'closed'

/** What a spool could not do. The message says what to do about it, and holds nothing of a record. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError'
  readonly problem: SpoolProblem

  constructor(problem: SpoolProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}

/** By the code of the file system's error. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'free space on that disk',
  EDQUOT: 'raise the quota of this user, or free space on that disk',
  EFBIG: 'raise the largest file that this process may write',
  EACCES: 'let this process write there, or name another directory',
  EPERM: 'let this process write there, or name another directory',
  EROFS: 'name a directory that can be written to',
  ENOTDIR: 'name a directory and not a file',
  EMFILE: 'let this process open more files',
}

/** The error of a file system as one of the spool in `directory`. */
export function onDisk(cause: unknown, directory: string): SpoolError {
  if (cause instanceof SpoolError) return cause
  const { code = 'an unknown error' } = cause as { code?: string }
  const remedy = REMEDIES[code] ?? 'check that disk'
  return new SpoolError('disk', `the disk of the spool ${directory} answered ${code}; ${remedy}`, { cause })
}

export function takenOver(directory: string): SpoolError {
  return new SpoolError('taken', `${directory} is gone: another process took it over, and writes what is in it`)
}

/** Whether a file or directory is not there, or not any more. */
export function isGone(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ENOENT'
}
