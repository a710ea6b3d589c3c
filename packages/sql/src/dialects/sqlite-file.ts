import { realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { urlTextProblem } from '@freehold/contract'
import { refuseUrl } from './server-url.js'

export const IN_MEMORY = ':memory:'

/** @throws StoreError `invalid` for what is not the path of a file. */
export function fileOf(url: string): string {
  const [, slashes = '', path = ''] = /^(?:sqlite3?|better-sqlite3):(\/\/)?(.*)$/is.exec(url) ?? []
  if (path === IN_MEMORY || path === `/${IN_MEMORY}`) return IN_MEMORY
  const problem = urlTextProblem(url) ?? problemOf(path, slashes !== '')
  if (problem !== undefined) refuseUrl([problem])
  return resolve(path)
}

function problemOf(path: string, hasSlashes: boolean): string | undefined {
  if (path === '') return 'names no file; write sqlite:path/to/file.db'
  if (path.includes('?'))
    return 'has options, which are not taken; write sqlite:path/to/file.db without the ? and what follows'
  if (/^~[^/]*\//.test(path))
    return 'begins with ~, which only a shell reads; write the whole path, sqlite:/home/…/file.db'
  if (path.toLowerCase() === IN_MEMORY || path.toLowerCase() === `/${IN_MEMORY}`)
    return 'names a database in memory in capitals; write sqlite::memory:'
  const kind = statsOf(path)
  if (path.endsWith('/') || kind?.isDirectory()) return 'names a directory; write sqlite:path/to/file.db'
  if (kind !== undefined && !kind.isFile()) return 'names a device, a pipe or a socket; write sqlite:path/to/file.db'
  if (path.startsWith('file:')) return 'has a second scheme; write sqlite:path/to/file.db'
  if (hasSlashes && /^[^/]*@|^localhost\/|^[^/]*:\d+\//.test(path))
    return 'names a host or a user, and a file has none; write sqlite:path/to/file.db'
  return undefined
}

/** What cannot be looked at is told when it is opened. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
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
