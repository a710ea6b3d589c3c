import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { connect } from '@freehold/sql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, ENGINES, MARIADB, MYSQL_9, POSTGRES_15, POSTGRES_18, SERVERS } from './engines.js'
import { refusal, told } from './first-errors.js'
import { describeEngines } from './on-engines.js'
import { newName, POSTGRES } from './servers.js'

const SECRET = 'correct-horse-battery'

function urlWith(
  { url }: Database,
  part: Partial<Pick<URL, 'username' | 'password' | 'hostname' | 'port' | 'pathname'>>,
) {
  return Object.assign(new URL(url), part).href
}

describeEngines((it, { family }) => {
  it('a server that does not run is told by its host and port', async ({ database }) => {
    const url = urlWith(database, { port: '1' })
    expect(await refusal(connect({ url }))).toEqual(
      told(true, 'at 127\\.0\\.0\\.1:1 \\(ECONNREFUSED\\): nobody answers there; start the database'),
    )
  })

  it('a host that is not known is told by its name', async ({ database }) => {
    const url = urlWith(database, { hostname: 'no-such-host.invalid', port: '1' })
    expect(await refusal(connect({ url }))).toEqual(
      told(true, 'at no-such-host\\.invalid:1 \\((ENOTFOUND|EAI_AGAIN)\\): no machine of this name is known'),
    )
  })

  it('a socket that is not there is told by its path', async ({ database }) => {
    const option = family === 'postgres' ? 'host' : 'socket'
    const { pathname, protocol } = new URL(database.url)
    const url = `${protocol}//app:${SECRET}@${pathname}?${option}=/no/such/place`
    expect(await refusal(connect({ url }))).toEqual(told(true, 'at /no/such/place \\(ENOENT\\): nobody answers there'))
  })

  it('a wrong password is told as such', async ({ database }) => {
    const user = newName()
    const name = family === 'postgres' ? 'app' : `'${user}'@'%'`
    if (family === 'mysql') await database.prompt.query(`create user ${name} identified by 'right'`)
    const url = urlWith(database, { username: family === 'postgres' ? 'app' : user, password: SECRET })
    const error = await refusal(connect({ url }))
    if (family === 'mysql') await database.prompt.query(`drop user ${name}`)
    expect(error).toEqual(told(false, 'at 127\\.0\\.0\\.1:\\d+ \\(', 'the user or the password is wrong'))
  })

  it('a password that is missing is told as such', async ({ database }) => {
    const user = newName()
    const name = family === 'postgres' ? 'app' : `'${user}'@'%'`
    if (family === 'mysql') await database.prompt.query(`create user ${name} identified by 'right'`)
    const url = urlWith(database, { username: family === 'postgres' ? 'app' : user, password: '' })
    const error = await refusal(connect({ url }))
    if (family === 'mysql') await database.prompt.query(`drop user ${name}`)
    expect(error).toEqual(told(false, 'the user or the password is wrong'))
  })

  it('a database that is not there is told as such', async ({ database }) => {
    const error = await refusal(connect({ url: urlWith(database, { pathname: '/no_such_database' }) }))
    expect(error).toEqual(told(false, 'at 127\\.0\\.0\\.1:\\d+ \\(', 'there is no such database'))
  })

  it('no message has the user or the password', async ({ database }) => {
    const url = urlWith(database, { username: 'mallory', password: SECRET })
    expect((await refusal(connect({ url }))).message).not.toMatch(/mallory|correct-horse/)
  })
}, SERVERS)

describeEngines((it) => {
  it('a view in the place of a table is refused by its name, and stays', async ({ database }) => {
    await database.prompt.query('create view freehold_traces as select 1 as other')
    const error = await refusal(connect({ url: database.url, schema: 'migrate' }))
    expect(error).toEqual({
      code: 'unsupported',
      retryable: false,
      message: expect.stringMatching(
        /freehold_traces is there already, and is not ours; rename it, or give another prefix$/,
      ),
    })
    expect(await database.prompt.query('select other from freehold_traces')).toHaveLength(1)
  })

  it('a table of others in the place of ours is refused by its name, and stays', async ({ database }) => {
    await database.prompt.query('create table freehold_sessions (other integer)')
    const error = await refusal(connect({ url: database.url, schema: 'migrate' }))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('freehold_sessions is there') })
    expect(await database.prompt.query('select other from freehold_sessions')).toHaveLength(0)
  })

  it('what is in the way of a migration is in that of its plan, and in that of whoever opens all the same', async ({
    database,
  }) => {
    const unopened = await connect({ url: database.url, schema: 'ignore' })
    const statements = await unopened.migrations.plan()
    await database.prompt.query('create table freehold_sessions (other integer)')
    const inTheWay = {
      code: 'unsupported',
      retryable: false,
      message: expect.stringMatching(
        /freehold_sessions is there already, and is not ours; rename it, or give another prefix$/,
      ),
    }
    expect(await refusal(unopened.migrations.plan())).toEqual(inTheWay)
    expect((await unopened.migrations.plan('audit')).length).toBeGreaterThan(0)
    await unopened.close()
    // Where an index of ours cannot be made on it, the plan fails; where nothing fails, the history is written all the same.
    for (const statement of statements) await database.prompt.query(statement).catch(() => undefined)
    expect(await refusal(connect({ url: database.url }))).toEqual(inTheWay)
  })
}, ENGINES)

describe.each([
  ['postgres', ''],
  ['mysql', ''],
  ['mysql', '&ssl-mode=REQUIRED'],
  ['postgres', '&sslmode=require'],
])('a host of %s that takes a connection and says nothing, with connect_timeout=1%s', (scheme, options) => {
  let silent: Server
  beforeEach(() => {
    silent = createServer().listen(0, '127.0.0.1')
    return once(silent, 'listening')
  })
  afterEach(() => void silent.close())

  test('is told as one that does not answer', async () => {
    const { port } = silent.address() as AddressInfo
    const url = `${scheme}://app:${SECRET}@127.0.0.1:${port}/agents?connect_timeout=1${options}`
    expect(await refusal(connect({ url }))).toEqual(
      told(true, `at 127\\.0\\.0\\.1:${port}( \\(ETIMEDOUT\\))?: the host does not answer`),
    )
  })
})

test.each([
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', ''],
  ['MySQL', 'J\0\0\0\n9.7.4\0', ''],
  ['SSH, where TLS is asked for', 'XSH-2.0-OpenSSH_9.6\r\n', '?sslmode=require'],
])(
  'what speaks %s where PostgreSQL was expected is told, and trying again is in vain',
  async (_, greeting, options) => {
    const other = createServer((socket) => void socket.on('error', () => {}).end(greeting)).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const error = await refusal(connect({ url: `postgres://app@127.0.0.1:${port}/agents${options}` }))
    other.close()
    expect(error).toEqual(told(false, 'what answers there is another sort of server; correct the scheme'))
  },
)

describeEngines(
  (it) => {
    it('TLS from the first byte where there is none is told, and trying again is in vain', async ({ database }) => {
      const url = `${database.url}?sslmode=require&sslnegotiation=direct`
      expect(await refusal(connect({ url }))).toEqual(
        told(false, 'take sslnegotiation=direct out, or enable TLS there'),
      )
    })

    it('a database that takes no connections is told as such', async ({ database }) => {
      const name = new URL(database.url).pathname.slice(1)
      const user = newName()
      const server = POSTGRES.prompt(urlWith(database, { pathname: '/postgres' }))
      await server.query(`create role ${user} login password 'x'`)
      await server.query(`alter database ${name} allow_connections false`)
      const error = await refusal(connect({ url: urlWith(database, { username: user, password: 'x' }) }))
      await server.query(`drop role ${user}`)
      expect(error).toEqual(told(false, '55000', 'alter database … allow_connections true'))
    })

    it('a view of others on a view of ours is told as what keeps it from going', async ({ database, storage }) => {
      const validate = (value: unknown) => ({ value })
      const schema = { '~standard': { version: 1 as const, vendor: 'freehold', validate } }
      await storage.audit.define({ name: 'paid', schema, columns: { amount: 'number' } })
      await database.prompt.query('create view theirs as select * from freehold_audit_paid')
      const changed = storage.audit.define({ name: 'paid', schema, columns: { sum: 'number' } })
      await expect(changed).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining('a view or a key that is not ours depends on'),
      })
    })
  },
  [POSTGRES_18, POSTGRES_15],
)

describeEngines(
  (it) => {
    it('a user who may not see the tables is not told that they are missing', async ({ database, storage: _ }) => {
      const user = newName()
      await database.prompt.query(`create user ${user} identified by 'x'`)
      await database.prompt.query('create table other (id integer)')
      await database.prompt.query(`grant select on ${new URL(database.url).pathname.slice(1)}.other to ${user}`)
      const error = await refusal(connect({ url: urlWith(database, { username: user, password: 'x' }) }))
      await database.prompt.query(`drop user ${user}`)
      expect(error).toEqual({
        code: 'unsupported',
        retryable: false,
        message:
          'the schema of traces is missing, or this user may not see it; make it with `migrate: true` or migrations.up() as a user who may, or grant this one its rights',
      })
    })

    it.for([
      ['account lock', 'the account of the user is locked'],
      ['password expire', 'the password of the user has expired'],
      ['require ssl', 'or the user is let in only with TLS; correct them, or write ssl-mode=REQUIRED'],
    ] as const)('a user with %s is told why', async ([having, words], { database }) => {
      const user = newName()
      await database.prompt.query(
        having.startsWith('require')
          ? `create user ${user} identified by 'x' ${having}`
          : `create user ${user} identified by 'x'`,
      )
      if (!having.startsWith('require')) await database.prompt.query(`alter user ${user} ${having}`)
      await database.prompt.query(`grant all on *.* to ${user}`)
      const error = await refusal(connect({ url: urlWith(database, { username: user, password: 'x' }) }))
      await database.prompt.query(`drop user ${user}`)
      expect(error).toEqual(told(false, words))
    })
  },
  [MYSQL_9, MARIADB],
)
