import { connect } from '@freehold/sql'
import { expect } from 'vitest'
import { POSTGRES_15, POSTGRES_18 } from './engines.js'
import { describeEngines } from './on-engines.js'
import { mended, refusedFor } from './opening.js'
import { refusal } from './refusal.js'
import { databaseUrl, newName, POSTGRES } from './servers.js'

describeEngines(
  (it) => {
    it('a database in SQL_ASCII is refused, with the remedy', async ({ database }) => {
      const name = newName()
      const made = `encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'`
      await database.prompt.query(`create database ${name} ${made}`)
      const url = databaseUrl(database.url, name)
      const refused = await refusal(connect({ url, schema: 'migrate' }))
      const tables = await POSTGRES.prompt(url).query(`select 1 from pg_class where relname like 'freehold%'`)
      await database.prompt.query(`drop database ${name}`)
      expect(refused).toEqual(
        refusedFor(
          `PostgreSQL: server_encoding is SQL_ASCII; make the database anew, with create database … encoding 'UTF8' template template0`,
        ),
      )
      expect(tables).toEqual([])
    })

    it('settings of the user that spoil values are refused, all at once', async ({ database }) => {
      const user = newName()
      for (const sql of [
        `create role ${user} login password 'x'`,
        `alter role ${user} set array_nulls = off`,
        `alter role ${user} set standard_conforming_strings = off`,
        `alter role ${user} set synchronous_commit = off`,
      ])
        await database.prompt.query(sql)
      const url = Object.assign(new URL(database.url), { username: user, password: 'x' }).href
      const refused = await refusal(connect({ url }))
      await database.prompt.query(`drop role ${user}`)
      expect(refused).toEqual(
        refusedFor(
          'PostgreSQL: standard_conforming_strings is off; alter role … set standard_conforming_strings = on; and array_nulls is off; alter role … set array_nulls = on; and synchronous_commit is off; alter role … set synchronous_commit = on',
        ),
      )
    })

    it('a column of a collation that folds case is refused, and the remedy mends it', async ({ database, storage }) => {
      await storage.tenant('acme').sessions.save({ id: 's', type: 'agent' })
      await database.prompt.query(
        `create collation folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      )
      await database.prompt.query('alter table freehold_sessions alter column tenant type varchar(128) collate folding')
      expect(await mended(database)).toEqual({
        code: 'unsupported',
        refused:
          'PostgreSQL: the column tenant of the table freehold_sessions is of the collation folding, which takes different ids for one',
        found: [],
      })
    })

    it('a column of a type that folds case is refused', async ({ database, storage: _ }) => {
      await database.prompt.query('create extension citext')
      await database.prompt.query('alter table freehold_sessions alter column id type citext')
      expect(await refusal(connect({ url: database.url }))).toEqual(
        refusedFor(
          'PostgreSQL: the column id of the table freehold_sessions is of the type citext, which takes different ids for one; run alter table "public"."freehold_sessions" alter column id type text collate "C"',
        ),
      )
    })

    it('a server that only reads is refused where the URL asks for one that writes', async ({ database }) => {
      const user = newName()
      await database.prompt.query(`create role ${user} login password 'x'`)
      await database.prompt.query(`alter role ${user} set default_transaction_read_only = on`)
      const url = Object.assign(new URL(database.url), { username: user, password: 'x' }).href
      const refused = await refusal(connect({ url: `${url}?target_session_attrs=read-write` }))
      await database.prompt.query(`drop role ${user}`)
      expect(refused).toMatchObject({ code: 'unavailable', message: expect.stringContaining('may only be read') })
    })
  },
  [POSTGRES_18, POSTGRES_15],
)
