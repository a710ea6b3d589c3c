import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileKeys, type KeyStore, openStorage, type SealedAudit, type Storage, withSealing } from '../../src/index.js'

export interface Sealed {
  directory: string
  /** Of its keys. */
  keysIn: string
  keys: KeyStore
  storage: Storage
  audit: SealedAudit
}

export const databaseIn = (directory: string) => `sqlite:${join(directory, 'audit.db')}`
export const keysIn = (directory: string) => join(directory, 'keys')

/** A new database on SQLite, with keys in files beside it unless told. */
export async function withSealed<T>(
  act: (sealed: Sealed) => Promise<T>,
  keysAt: (directory: string) => KeyStore = fileKeys,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  const storage = await openStorage({ databases: { main: databaseIn(directory) }, migrate: true })
  try {
    const keys = keysAt(keysIn(directory))
    return await act({ directory, keysIn: keysIn(directory), keys, storage, audit: withSealing(storage, { keys }) })
  } finally {
    await storage.close()
    await rm(directory, { recursive: true })
  }
}
