import { connect } from '@freehold/sql'
import { expect } from 'vitest'
import { type Database, POSTGRES_15, POSTGRES_18 } from './engines.js'
import { ALIVE, liveOn } from './life.js'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'
import { newName } from './servers.js'

/** What is there of our names, as `schema.name`. */
async function placesOf({ prompt }: Database): Promise<string[]> {
  const rows = await prompt.query(
    `select distinct n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relname like 'freehold%' order by 1`,
  )
  return rows.map(({ schema }) => String(schema))
}

describeEngines(
  (it) => {
    it('everything lies in the schema that the URL names', async ({ database }) => {
      await database.prompt.query('create schema "App-a"')
      const storage = await connect({ url: `${database.url}?schema=App-a`, schema: 'migrate' })
      expect(await liveOn(storage)).toEqual(ALIVE)
      await storage.close()
      expect(await placesOf(database)).toEqual(['App-a'])
    })

    it('two schemas of one database hold two sets of tables', async ({ database }) => {
      for (const schema of ['a', 'b']) await database.prompt.query(`create schema ${schema}`)
      const [a, b] = await Promise.all(
        ['a', 'b'].map((schema) => connect({ url: `${database.url}?schema=${schema}`, schema: 'migrate' })),
      )
      await a!.sessions.save({ id: 's', type: 'agent' })
      const found = await b!.sessions.list()
      await Promise.all([a!.close(), b!.close()])
      expect(found.items).toEqual([])
    })

    it('a schema is emptied whole by going down', async ({ database }) => {
      await database.prompt.query('create schema a')
      const storage = await connect({ url: `${database.url}?schema=a`, schema: 'migrate' })
      await liveOn(storage)
      for (const domain of ['traces', 'sessions', 'approvals', 'audit'] as const) await storage.migrations.down(domain)
      await storage.close()
      const left = await database.prompt.query(
        `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'a' and c.relname not like '%_leases%'
         union all select proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'a'`,
      )
      expect(left).toEqual([])
    })

    it('a schema that is not there is refused as unsupported, with the remedy', async ({ database }) => {
      expect(await refusal(connect({ url: `${database.url}?schema=app_a`, schema: 'migrate' }))).toEqual({
        code: 'unsupported',
        retryable: false,
        message: 'PostgreSQL: there is no schema app_a; create it with create schema "app_a"',
      })
    })

    it('the statements of a plan name the schema', async ({ database }) => {
      await database.prompt.query('create schema app_a')
      const storage = await connect({ url: `${database.url}?schema=app_a`, schema: 'ignore' })
      const plan = await storage.migrations.plan()
      await storage.close()
      for (const statement of plan) await database.prompt.query(statement)
      expect(await placesOf(database)).toEqual(['app_a'])
    })

    it('a schema named like the user that was made later takes nothing out of view', async ({ database, storage }) => {
      await storage.sessions.save({ id: 's', type: 'agent' })
      await database.prompt.query('create schema postgres')
      const later = await connect({ url: database.url, schema: 'migrate' })
      const session = await later.sessions.get('s')
      await later.close()
      expect(session?.id).toBe('s')
      expect(await placesOf(database)).toEqual(['public'])
    })

    it('new tables are made in the first schema of the search path', async ({ database }) => {
      await database.prompt.query('create schema postgres')
      await (await connect({ url: database.url, schema: 'migrate' })).close()
      expect(await placesOf(database)).toEqual(['postgres'])
    })

    it('tables of one domain in two schemas are refused, and both are named', async ({ database, storage: _ }) => {
      await database.prompt.query('create schema postgres')
      await (await connect({ url: `${database.url}?schema=postgres`, schema: 'migrate' })).close()
      expect(await refusal(connect({ url: database.url }))).toEqual({
        code: 'unsupported',
        retryable: false,
        message:
          'PostgreSQL: the tables of traces are in the schemas postgres and public; name the right one, as ?schema=postgres in the url',
      })
    })

    it('each of two schemas with tables is reached by its name', async ({ database, storage }) => {
      await storage.sessions.save({ id: 's', type: 'agent' })
      await database.prompt.query('create schema postgres')
      await (await connect({ url: `${database.url}?schema=postgres`, schema: 'migrate' })).close()
      const named = await connect({ url: `${database.url}?schema=public` })
      const session = await named.sessions.get('s')
      await named.close()
      expect(session?.id).toBe('s')
    })

    it('tables of two domains in two schemas are refused, and both are named', async ({ database }) => {
      await database.prompt.query('create schema postgres')
      await (await connect({ url: `${database.url}?schema=public`, schema: 'migrate', domains: ['traces'] })).close()
      await (await connect({ url: `${database.url}?schema=postgres`, schema: 'migrate', domains: ['audit'] })).close()
      const { message } = await refusal(connect({ url: database.url, domains: ['traces', 'audit'] }))
      expect(message).toBe(
        'PostgreSQL: the tables of traces are in the schema public, and those of audit in postgres; route them to two databases, with ?schema=public and ?schema=postgres in their urls',
      )
    })

    it('a search path that leads nowhere is refused, with the remedy', async ({ database }) => {
      await database.prompt.query(
        `do $$ begin execute format('alter database %I set search_path to nowhere', current_database()); end $$`,
      )
      const { code, message } = await refusal(connect({ url: database.url, schema: 'migrate' }))
      expect({ code, message }).toEqual({
        code: 'unsupported',
        message:
          'PostgreSQL: the search path of this user leads to no schema that it may use; grant usage on the one of the tables, or create one and name it as ?schema=… in the url',
      })
    })

    it('tables in a schema that the user may not use are no reason for a second set', async ({
      database,
      storage: _,
    }) => {
      const user = newName()
      await database.prompt.query(`create role ${user} login password 'x'`)
      await database.prompt.query(`create schema ${user} authorization ${user}`)
      await database.prompt.query('revoke usage on schema public from public')
      const url = Object.assign(new URL(database.url), { username: user, password: 'x' }).href
      const { code, message } = await refusal(connect({ url, schema: 'migrate' }))
      await database.prompt.query(`drop schema ${user} cascade`)
      await database.prompt.query(`drop role ${user}`)
      expect({ code, message }).toEqual({
        code: 'unsupported',
        message:
          'PostgreSQL: the tables of traces are in the schema public, which this user may not use; grant usage on it, or name another as ?schema=… in the url',
      })
    })

    it('tables in a schema that is not on the search path are used, or made anew, by name', async ({ database }) => {
      await database.prompt.query('create schema app_a')
      await (await connect({ url: `${database.url}?schema=app_a`, schema: 'migrate' })).close()
      const { code, message } = await refusal(connect({ url: database.url, schema: 'migrate' }))
      await (await connect({ url: `${database.url}?schema=public`, schema: 'migrate' })).close()
      expect({ code, message, later: await refusal(connect({ url: database.url })) }).toEqual({
        code: 'unsupported',
        message:
          'PostgreSQL: the tables of traces are in the schema app_a, which is not on the search path of this user; name it as ?schema=app_a in the url, or another where new ones are to be',
        later: {},
      })
    })

    it('a user that may not use the schema of the URL is told so', async ({ database }) => {
      const user = newName()
      await database.prompt.query(`create role ${user} login password 'x'`)
      await database.prompt.query('create schema app_a')
      await (await connect({ url: `${database.url}?schema=app_a`, schema: 'migrate' })).close()
      const url = Object.assign(new URL(database.url), { username: user, password: 'x', search: 'schema=app_a' }).href
      const { code, retryable, message } = await refusal(connect({ url }))
      await database.prompt.query(`drop role ${user}`)
      expect({ code, retryable }).toEqual({ code: 'unavailable', retryable: false })
      expect(message).toContain('the user lacks a right that this needs; grant it')
    })

    it('a user that may not create tables is told so', async ({ database }) => {
      const user = newName()
      await database.prompt.query(`create role ${user} login password 'x'`)
      const url = Object.assign(new URL(database.url), { username: user, password: 'x' }).href
      const { code, retryable, message } = await refusal(connect({ url, schema: 'migrate' }))
      await database.prompt.query(`drop role ${user}`)
      expect({ code, retryable }).toEqual({ code: 'unavailable', retryable: false })
      expect(message).toContain('the user lacks a right that this needs; grant it')
    })
  },
  [POSTGRES_18, POSTGRES_15],
)
