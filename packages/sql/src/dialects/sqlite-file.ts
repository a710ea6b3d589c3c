import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { StoreError } from '@freehold/contract'

export const IN_MEMORY = ':memory:'

/** @throws StoreError `invalid` for a path that is empty, has options behind it, or holds control characters. */
export function fileOf(url: string): string {
  const path = url.replace(/^sqlite:(\/\/)?/, '')
  if (path === IN_MEMORY) return path
  const problem = problemOf(path)
  if (problem !== undefined) throw StoreError.invalid('url', [{ field: 'url', message: problem }])
  return resolve(path)
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'names no file; write sqlite:path/to/file.db'
  if (path.includes('?'))
    return 'has options, which are not taken; write sqlite:path/to/file.db without the ? and what follows'
  // A line break at its end is the trace of how it was read, and the file would bear it in its name.
  if (/\p{Cc}/u.test(path)) return 'has a control character, such as a line break; take it out'
  return undefined
}

/** Without symbolic links; of a file that is not there yet, as far as its directories are. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path))
  }
}
