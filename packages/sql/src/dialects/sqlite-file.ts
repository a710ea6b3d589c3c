import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { urlTextProblem } from '@freehold/contract'
import { refuseUrl } from './server-url.js'

export const IN_MEMORY = ':memory:'

/** @throws StoreError `invalid` for what is not the path of a file. */
export function fileOf(url: string): string {
  const [, slashes = '', path = ''] = /^sqlite:(\/\/)?(.*)$/is.exec(url) ?? []
  if (path === IN_MEMORY || path === `/${IN_MEMORY}`) return IN_MEMORY
  const problem = urlTextProblem(url) ?? problemOf(path, slashes !== '')
  if (problem !== undefined) refuseUrl([problem])
  return resolve(path)
}

function problemOf(path: string, hasSlashes: boolean): string | undefined {
  if (path === '') return 'names no file; write sqlite:path/to/file.db'
  if (path.includes('?'))
    return 'has options, which are not taken; write sqlite:path/to/file.db without the ? and what follows'
  if (path.endsWith('/')) return 'names a directory; write sqlite:path/to/file.db'
  if (path.startsWith('file:')) return 'has a second scheme; write sqlite:path/to/file.db'
  if (hasSlashes && /^[^/]*@|^localhost\/|^[^/]*:\d*\//.test(path))
    return 'names a host or a user, and a file has none; write sqlite:path/to/file.db'
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
