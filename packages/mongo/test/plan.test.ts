import { runInNewContext } from 'node:vm'
import { connect } from '@freehold/mongo'
import type { Collection, Document } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { databaseUrl, dropDatabase, newName, SERVER, withDatabase } from './server.js'

/** Runs commands of the database's shell, word for word, one after another. */
async function runInShell(url: string, commands: readonly string[]): Promise<void> {
  await withDatabase(url, async (own) => {
    const collectionOf = (collection: Collection) => ({
      createIndex: (key: Document, options: Document) => collection.createIndex(key as never, options),
      updateOne: (filter: Document, update: Document, options: Document) =>
        collection.updateOne(filter, update, options),
    })
    const db = {
      createCollection: (name: string) => own.createCollection(name),
      getCollection: (name: string) => collectionOf(own.collection(name)),
    }
    for (const command of commands) await runInNewContext(command, { db, Date })
  })
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let name: string

  beforeEach(() => {
    name = newName()
    url = databaseUrl(name)
  })

  afterEach(() => dropDatabase(name))

  const planOf = async (schema: 'ignore' | 'check') => {
    const storage = await connect({ url, schema })
    const commands = await storage.migrations.plan()
    await storage.close()
    return commands
  }

  test('a database that somebody made from the plan opens, has nothing left to do, and takes what it must', async () => {
    await runInShell(url, await planOf('ignore'))
    expect(await planOf('check')).toEqual([])
    const storage = await connect({ url })
    expect(new Set((await storage.migrations.status()).map(({ state }) => state))).toEqual(new Set(['applied']))
    await storage.sessions.save({ id: 's', type: 'agent' })
    expect(await storage.migrations.up()).toEqual([])
    await storage.close()
  })

  test('has the same collections and indexes from its plan as from its migrations', async () => {
    const made = () =>
      withDatabase(url, async (db) => {
        const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((one) => one.name).sort()
        return Promise.all(names.map(async (one) => [one, await db.collection(one).indexes()]))
      })
    await runInShell(url, await planOf('ignore'))
    const planned = await made()
    await dropDatabase(name)
    await (await connect({ url, schema: 'migrate' })).close()
    expect(planned).toEqual(await made())
  })

  test('a plan that was interrupted is planned again from its start, but for domains that are done', async () => {
    const commands = await planOf('ignore')
    const audit = commands.findIndex((command) => command.includes('freehold_audit'))
    await runInShell(url, commands.slice(0, audit + 2))
    expect(await planOf('ignore')).toEqual([commands[0], ...commands.slice(audit)])
  })
})
