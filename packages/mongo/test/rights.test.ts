import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { EVERY_CALL, furnish } from '@freehold/conformance/suite'
import type { Domain, Shape, Storage, TenantStorage } from '@freehold/contract'
import { auditRights, connect } from '@freehold/mongo'
import { type CommandStartedEvent, type Db, type Document, MongoClient, type MongoServerError } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { PREFIX, storesOn } from './cut-stores.js'
import { databaseUrl, dropDatabase, newName, SERVER, withDatabase } from './server.js'

const PAGE = readFileSync(new URL('../../../docs/rights.md', import.meta.url), 'utf8')
const USERS = /```js mongodb-users\n([\s\S]*?)```/.exec(PAGE)![1]!

const shapeOf = (name: string): Shape => ({
  name,
  schema: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
})
/** What `auditRights` leaves to a role, by collection. */
const RIGHTS = new Map(
  (/runCommand\((.*)\)$/.exec(auditRights({ url: 'mongodb://host/agents', prefix: PREFIX, user: 'app' })[0]!) ?? [])
    .slice(1)
    .flatMap((json) => (JSON.parse(json) as Document).privileges)
    .map(({ resource, actions }: Document): [string, string[]] => [resource.collection, actions]),
)
/** What an application may do, with documents. */
const OF_DOCUMENTS = ['aggregate', 'delete', 'find', 'findAndModify', 'getMore', 'hello', 'insert', 'update']

/** What of these calls went wrong, each for a tenant who has a row of each sort. */
async function failuresOf(storage: (tenant: string) => TenantStorage, calls: typeof EVERY_CALL): Promise<object> {
  const failures: Record<string, unknown> = {}
  for (const { name, on } of calls) {
    await furnish(storage(name), 'us')
    await on(storage(name)).catch((error: unknown) => Object.assign(failures, { [name]: error }))
  }
  return failures
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let name: string
  let url: string
  let owner: Storage

  beforeEach(async () => {
    name = newName()
    url = databaseUrl(name)
    owner = await connect({ url, schema: 'migrate' })
    for (const shape of ['anything', 'refund']) await owner.audit.define(shapeOf(shape))
  })

  afterEach(async () => {
    await owner.close()
    await dropDatabase(name)
  })

  test('an application works with documents only, in collections that its owner made', async () => {
    const collections = () => withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray())
    const before = (await collections()).map((one) => one.name).sort()
    const client = new MongoClient(url, { monitorCommands: true, ignoreUndefined: true })
    const sent: CommandStartedEvent[] = []
    client.on('commandStarted', (event) => sent.push(event))
    const db = new Database(() => client.db(), PREFIX)
    expect(await failuresOf((tenant) => storesOn(db, tenant) as TenantStorage, EVERY_CALL)).toEqual({})
    await client.close()
    const done = (command: string) =>
      ({ aggregate: 'find', getMore: 'find', findAndModify: 'update', delete: 'remove' })[command] ?? command
    for (const { commandName, command } of sent) {
      const rights = RIGHTS.get(String(command.collection ?? command[commandName]))
      expect(rights ?? [done(commandName)], JSON.stringify([commandName, command[commandName]])).toContain(
        done(commandName),
      )
    }
    const commands = new Set(sent.map(({ commandName }) => commandName).filter((one) => one !== 'endSessions'))
    expect([...commands].filter((one) => !OF_DOCUMENTS.includes(one))).toEqual([])
    expect((await collections()).map((one) => one.name).sort()).toEqual(before)
  })

  test('no role that auditRights limits may change an entry', () => {
    const [statement] = auditRights({ url: 'mongodb://host/agents', user: "o'app" })
    expect(statement).toMatch(/^db\.getSiblingDB\("agents"\)\.runCommand\(\{"updateRole":"o'app"/)
    expect(['audit', 'audit_heads', 'audit_migrations', 'spans'].map((name) => RIGHTS.get(PREFIX + name))).toEqual([
      ['find', 'insert'],
      ['find', 'insert', 'update'],
      ['find'],
      ['find', 'insert', 'update', 'remove'],
    ])
  })

  /** Does what the page tells an administrator to do; resolves to what the server says to it. */
  async function makeUsers(on: Db): Promise<string | undefined> {
    const commands: Document[] = []
    const db = {
      getName: () => name,
      createRole: ({ role, ...rest }: Document) => commands.push({ createRole: role, ...rest }),
      createUser: ({ user, ...rest }: Document) => commands.push({ createUser: user, ...rest }),
    }
    runInNewContext(USERS, { db, passwordPrompt: () => 'secret' })
    expect(commands).toHaveLength(7)
    const made = async () => {
      for (const command of commands) await on.command(command)
    }
    return made().then(
      () => undefined,
      ({ codeName }: MongoServerError) => codeName,
    )
  }

  test('the users of the page on rights do what they may, and nothing else', async ({ skip }) => {
    const without = await withDatabase(url, makeUsers)
    if (without !== undefined) {
      console.warn(`MongoDB: not run as users with rights of their own: this server has no users (${without})`)
      return skip()
    }
    const open = (user: string, domains?: Domain[]) => {
      const own = new URL(url)
      own.username = user
      own.password = 'secret'
      return connect({ url: own.href, ...(domains === undefined ? {} : { domains }) })
    }
    const [app, reader, auditor] = [
      await open('agents_app'),
      await open('agents_reader'),
      await open('agents_auditor', ['audit']),
    ]
    expect(await failuresOf((tenant) => app.tenant(tenant), EVERY_CALL)).toEqual({})
    await app.audit.append([{ actor: 'app', action: 'refunded' }])
    expect(await reader.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
    expect(await auditor.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
    for (const one of [reader, auditor])
      await expect(one.audit.append([{ actor: 'x', action: 'y' }])).rejects.toMatchObject({
        code: 'unavailable',
        retryable: false,
      })
    await Promise.all([app.close(), reader.close(), auditor.close()])
    await withDatabase(url, (db) => db.command({ dropAllUsersFromDatabase: 1 }))
    await withDatabase(url, (db) => db.command({ dropAllRolesFromDatabase: 1 }))
  })

  test('the roles of the page on rights name collections and views that are there', async () => {
    const there = await withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray())
    const named = [...USERS.matchAll(/'(freehold_\w+)'/g)].map(([, one]) => one)
    expect(named).toHaveLength(4)
    expect(there.map((one) => one.name)).toEqual(expect.arrayContaining(named))
  })
})
