import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A package of the peers, as a module that lies beside them would import it. They are no dependencies of this one, so the
 * caller says what it uses of it. The process must run with `--experimental-import-meta-resolve`.
 */
export async function importPeer<T>(folder: string, name: string): Promise<T> {
  return (await import(import.meta.resolve(name, pathToFileURL(join(folder, 'index.js')).href))) as T
}
