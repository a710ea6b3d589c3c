import { createRequire } from 'node:module'
import { StoreError } from '@freehold/contract'

/**
 * A package that need not be there, loaded when it is needed.
 *
 * @throws StoreError `unsupported` when it is missing, with the command that installs it; `internal` when it is there and does not load
 */
export async function loadInstalled<T>(module: string, load: () => Promise<T>): Promise<T> {
  if (resolveFrom(import.meta.url, module) === undefined) throw missing(module, module)
  try {
    return await load()
  } catch (cause) {
    throw broken(module, cause)
  }
}

/** Where a package is, seen from a place; nothing where it is not installed. */
export function resolveFrom(place: string, module: string): string | undefined {
  try {
    return createRequire(place).resolve(module)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw broken(module, error)
  }
}

export function broken(module: string, cause: unknown): StoreError {
  return new StoreError('internal', `the package ${module} does not load; see the cause, or install it anew`, { cause })
}

export function missing(module: string, install: string): StoreError {
  return new StoreError(
    'unsupported',
    `needs the package ${module}, which is not installed; run npm install ${install}`,
  )
}
