import { promisify } from 'node:util'
import { type Server, startServer } from '@freehold/databases'
import { connect } from '@freehold/sql'
import sqlite3 from 'sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { problemsOf as problemsOfMysql } from '../src/dialects/mysql-opening.js'
import { problemsOf as problemsOfSqlite } from '../src/dialects/sqlite-opening.js'
import { toStoreError } from '../src/errors.js'
import { type Database, MARIADB, MYSQL_9, POSTGRES_15, POSTGRES_18, SQLITE } from './engines.js'
import { ALIVE, liveOn } from './life.js'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'
import { createDatabase, databaseUrl, MYSQL, newName, POSTGRES } from './servers.js'

/** How a database is refused, and what the sessions of a tenant `ACME` are after its remedy was run. */
async function mended({ url, prompt }: Database) {
  const { code, message = '' } = await refusal(connect({ url }))
  const [, refused, remedy = ''] = /^(.*); run (.*)$/.exec(message) ?? []
  await prompt.query(remedy)
  const storage = await connect({ url })
  const { items } = await storage.tenant('ACME').sessions.list()
  await storage.close()
  return { code, refused, found: items }
}

const refusedFor = (message: string) => ({ code: 'unsupported', retryable: false, message })

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

describeEngines(
  (it) => {
    it('a table of another engine is refused, with the remedy', async ({ database, storage: _ }) => {
      await database.prompt.query('alter table freehold_traces_migrations engine = MyISAM')
      expect(await refusal(connect({ url: database.url }))).toEqual(
        refusedFor(
          'MySQL: the table freehold_traces_migrations is of the engine MyISAM; run alter table freehold_traces_migrations engine = InnoDB',
        ),
      )
    })

    it.for(['utf8mb4_unicode_ci', 'utf8mb4_bin'])(
      'a table of the collation %s is refused, and the remedy mends it',
      async (collation, { database, storage }) => {
        await storage.tenant('acme').sessions.save({ id: 's', type: 'agent' })
        await database.prompt.query(
          `alter table freehold_sessions convert to character set utf8mb4 collate ${collation}`,
        )
        expect(await mended(database)).toEqual({
          code: 'unsupported',
          refused: `MySQL: the column tenant of the table freehold_sessions is of the collation ${collation}, which takes different ids for one`,
          found: [],
        })
      },
    )
  },
  [MYSQL_9, MARIADB],
)

describe.each(['mysql', 'mariadb'] as const)('a server of %s that is set up otherwise', (engine) => {
  let server: Server
  let url: string
  const user = newName()
  beforeAll(async () => {
    server = await startServer(engine)
    const name = newName()
    await createDatabase(MYSQL, server.url, name)
    const prompt = MYSQL.prompt(server.url)
    for (const sql of [
      `create user ${user}@'%' identified by 'x'`,
      `grant all on ${name}.* to ${user}@'%'`,
      // Of users without more rights than these, whom most of the rest is for.
      `set global init_connect = 'set names latin1'`,
      'set global autocommit = 0',
      'set global sql_safe_updates = 1',
      'set global sql_select_limit = 1',
      'set global sql_big_selects = 0',
      `set global sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'`,
      `set global time_zone = '+05:00'`,
      'set global unique_checks = 0',
      `set global default_storage_engine = 'MyISAM'`,
      'set global transaction isolation level serializable',
      'set global innodb_default_row_format = compact',
      ...(engine === 'mysql' ? ['set global sql_require_primary_key = 1'] : []),
    ])
      await prompt.query(sql)
    url = Object.assign(new URL(databaseUrl(server.url, name)), { username: user, password: 'x' }).href
  }, 120_000)
  afterAll(() => server.dispose())

  test('is of no account: everything works as ever', async () => {
    const storage = await connect({ url, schema: 'migrate' })
    const found = await liveOn(storage)
    await storage.close()
    const again = await connect({ url })
    const sessions = (await again.sessions.list()).items.length
    await again.close()
    expect([found, sessions]).toEqual([ALIVE, 1])
  })

  test('and hangs up on a statement that is too large for it tells that, and is of use again', async () => {
    const prompt = MYSQL.prompt(server.url)
    await prompt.query('set global max_allowed_packet = 16777216')
    const knex = dialectOf(url).connect(url, { pool: 1, create: false })
    const failure: unknown = await knex
      .raw('select length(?)', ['x'.repeat(30_000_000)])
      .catch((error: unknown) => error)
    const { code, retryable } = toStoreError(dialectOf(url), failure)
    const [[row]] = await knex.raw('select 1 as one')
    await knex.destroy()
    expect({ code, retryable, one: Number(row.one) }).toEqual({ code: 'invalid', retryable: false, one: 1 })
  })

  test('with a max_allowed_packet that is too small is refused, with the statement that mends it', async () => {
    const prompt = MYSQL.prompt(server.url)
    await prompt.query('set global max_allowed_packet = 4194304')
    const refused = await refusal(connect({ url }))
    await prompt.query('set global max_allowed_packet = 67108864')
    expect(refused).toEqual(
      refusedFor(
        'MySQL: max_allowed_packet is 4194304, and 16777216 is needed; run set global max_allowed_packet = 67108864, and write it into the configuration of the server',
      ),
    )
    expect(await refusal(connect({ url, schema: 'migrate' }))).toEqual({})
  })
})

test.each([
  ['8.0.28', ['its version is 8.0.28; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['8.0.29', []],
  ['8.0.36-28.1', []],
  ['9.7.4-2', []],
  ['8.0.11-TiDB-v7.5.0', ['its version is 8.0.11-TiDB-v7.5.0; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['10.5.22-MariaDB', ['its version is 10.5.22-MariaDB; MySQL 8.0.29, MariaDB 10.6, or a later one is needed']],
  ['10.6.0-MariaDB', []],
  ['11.4.2-MariaDB-ubu2404', []],
])('MySQL %s is told: %j', (version, problems) => {
  expect(problemsOfMysql({ version, max_allowed_packet: '16777216', log_bin: 'OFF' }, [])).toEqual(problems)
})

test('a log that is written later than a commit is refused', () => {
  const has = { version: '9.7.4', max_allowed_packet: '16777216' }
  expect(problemsOfMysql({ ...has, innodb_flush_log_at_trx_commit: '0' }, [])).toEqual([
    'innodb_flush_log_at_trx_commit is 0, which loses what was acknowledged; run set global innodb_flush_log_at_trx_commit = 1',
  ])
})

test('a binary log of statements is refused, one that is not written is not', () => {
  const has = { version: '9.7.4', max_allowed_packet: '16777216', binlog_format: 'STATEMENT' }
  expect(problemsOfMysql({ ...has, log_bin: 'ON' }, [])).toEqual([
    `binlog_format is STATEMENT, which refuses our writes; run set global binlog_format = 'ROW'`,
  ])
  expect(problemsOfMysql({ ...has, log_bin: 'OFF' }, [])).toEqual([])
})

describeEngines(
  (it) => {
    it('a file in UTF-16 is refused, with the remedy', async ({ database }) => {
      const { prompt, url } = database
      const file = new sqlite3.Database(url.replace('sqlite:', ''))
      await promisify<string, void>(file.exec.bind(file))(`pragma encoding = 'UTF-16le'; create table other (id text)`)
      await promisify(file.close.bind(file))()
      const [{ encoding } = {}] = await prompt.query('pragma encoding')
      const refused = await refusal(connect({ url, schema: 'migrate' }))
      expect({ encoding, refused }).toEqual({
        encoding: 'UTF-16le',
        refused: refusedFor('SQLite: the encoding of the file is UTF-16le; begin a new file, which has UTF-8'),
      })
    })
  },
  [SQLITE],
)

describeEngines(
  (it) => {
    it('a table with a collation is refused', async ({ database }) => {
      await database.prompt.query('create table freehold_sessions (tenant text collate nocase, id text)')
      expect(await refusal(connect({ url: database.url, schema: 'migrate' }))).toEqual(
        refusedFor(
          'SQLite: the table freehold_sessions has a collation, which takes different ids for one; move its rows to a table made by `migrate: true`',
        ),
      )
    })
  },
  [SQLITE],
)

test('a SQLite that is too old is refused', () => {
  expect(problemsOfSqlite('UTF-8', '3.37.2')).toEqual([
    'its version is 3.37.2; 3.38 or later is needed, update sqlite3',
  ])
  expect(problemsOfSqlite('UTF-8', '3.38.0')).toEqual([])
})
