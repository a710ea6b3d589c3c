import type { Storage } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import { afterEach, beforeEach } from 'vitest'
import { databaseUrl, dropDatabase, newName } from './server.js'

/** Gives every test a database of its own, migrated and open; afterwards it is closed and dropped. */
export function givenDatabase(take: (own: { url: string; storage: Storage }) => void): void {
  let name: string
  let storage: Storage

  beforeEach(async () => {
    name = newName()
    const url = databaseUrl(name)
    storage = await connect({ url, schema: 'migrate' })
    take({ url, storage })
  })

  afterEach(async () => {
    await storage.close()
    await dropDatabase(name)
  })
}
