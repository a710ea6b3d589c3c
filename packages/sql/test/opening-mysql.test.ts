import { type Server, startServer } from '@freehold/databases'
import { connect } from '@freehold/sql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { toStoreError } from '../src/errors.js'
import { MARIADB, MYSQL_9 } from './engines.js'
import { ALIVE, liveOn } from './life.js'
import { describeEngines } from './on-engines.js'
import { mended, refusedFor } from './opening.js'
import { refusal } from './refusal.js'
import { createDatabase, databaseUrl, MYSQL, newName } from './servers.js'

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

  test('and hangs up within a transaction, which cannot be rolled back then, tells that too', async () => {
    const dialect = dialectOf(url)
    const db = new Database(dialect.connect(url, { pool: 1, create: false }), dialect, 'freehold_')
    const failure: unknown = await db
      .transaction((trx) => trx.raw('select length(?)', ['x'.repeat(30_000_000)]))
      .catch((error: unknown) => error)
    const { code, retryable } = toStoreError(dialect, failure)
    const one = await db.transaction((trx) => trx.raw('select 1 as one'))
    await db.knex.destroy()
    expect({ code, retryable, one: Number(one[0][0].one) }).toEqual({ code: 'invalid', retryable: false, one: 1 })
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
