import { type Engine, urlOf } from '@freehold/databases/engines'
import { openStorage } from 'freehold'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { POSTGRES } from '../../sql/test/servers.js'
import { errorOf } from './support/problems.js'
import { AVAILABLE, databaseUrl, newDatabase, removeDatabase } from './support/servers.js'
import { routesTo } from './support/stub.js'

/** The URL of a database for another user. */
function urlFor(url: string, username: string, password: string): string {
  return Object.assign(new URL(url), { username, password }).href
}

const withUsers = AVAILABLE.filter((engine) => engine !== 'mongodb')

describe.each(withUsers)('on %s, two users of one database', (engine: Engine) => {
  const server = urlOf(engine)!
  let name: string
  let url: string

  beforeEach(async () => {
    name = await newDatabase(engine, server)
    url = databaseUrl(server, name)
  })
  afterEach(() => removeDatabase(engine, server, name))

  it('are told apart: who is refused is not served with the rights of the other', async () => {
    const databases = { main: url, vault: urlFor(url, 'nobody', 'secret') }
    const opening = openStorage({ databases, routes: routesTo('main', 'main', 'main', 'vault'), migrate: true })
    const { code, message } = await errorOf(opening)
    expect([code, message.startsWith('databases.vault.url: ')]).toEqual(['unavailable', true])
  })
})

describe.each(withUsers.filter((engine) => engine.startsWith('postgres')))('on %s', (engine: Engine) => {
  const server = urlOf(engine)!

  it('each of two users owns the tables of the domains that are routed to it', async () => {
    const name = await newDatabase(engine, server)
    const url = databaseUrl(server, name)
    const prompt = POSTGRES.prompt(url)
    const users = [`${name}_app`, `${name}_audit`]
    for (const user of users)
      for (const sql of [`create role ${user} login password 'secret'`, `grant create on schema public to ${user}`])
        await prompt.query(sql)
    const [main, vault] = users.map((user) => urlFor(url, user, 'secret'))
    const databases = { main: main!, vault: vault! }
    const storage = await openStorage({
      databases,
      routes: routesTo('main', 'main', 'main', 'vault'),
      migrate: true,
    })
    await storage.sessions.save({ id: 's', type: 'agent' })
    await storage.audit.append([{ actor: 'ada', action: 'saved' }])
    await storage.close()
    const owners = await prompt.query(
      `select tableowner as owner, tablename as name from pg_tables
       where tablename in ('freehold_sessions', 'freehold_audit') order by tablename`,
    )
    await removeDatabase(engine, server, name)
    for (const user of users) await POSTGRES.prompt(server).query(`drop role ${user}`)
    expect(owners).toEqual([
      { owner: users[1], name: 'freehold_audit' },
      { owner: users[0], name: 'freehold_sessions' },
    ])
  })
})
