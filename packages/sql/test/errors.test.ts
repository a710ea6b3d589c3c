import { inspect } from 'node:util'
import type { StoreError } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { toStoreError } from '../src/errors.js'
import { type Database, SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'
import { newName } from './servers.js'

const SECRET = 'correct-horse-battery'

/** The URL of a database with another part. */
function urlWith({ url }: Database, part: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'port'>>): string {
  return Object.assign(new URL(url), part).href
}

const stranger = (database: Database) => urlWith(database, { username: 'nobody', password: SECRET })

async function failureOf(attempt: Promise<unknown>): Promise<StoreError> {
  return attempt.then(
    () => {
      throw new Error('it succeeded')
    },
    (error: StoreError) => error,
  )
}

/** What a statement of the store's own pool fails with. */
async function failureOfStatement({ url }: Database, sql: string, values: string[]): Promise<StoreError> {
  const dialect = dialectOf(url)
  const knex = dialect.connect(url, { create: false })
  try {
    return toStoreError(dialect, await failureOf(knex.raw(sql, values).then()))
  } finally {
    await knex.destroy()
  }
}

test.each([
  ['23000', `Duplicate entry 'it's ${SECRET}' for key 'x'`],
  ['22P02', `invalid input syntax for type json: it "was" ${SECRET}`],
  [
    '42000',
    `You have an error in your SQL syntax; see the manual for the right syntax to use near '${SECRET}' at line 1`,
  ],
  ['42601', `syntax error at or near "${SECRET}"`],
  ['HY000', `Incorrect string value: '${SECRET}' for column "it's"`],
  ['23000', `Duplicate entry 'a\n    at ${SECRET} (file.js:1:1)' for key 'x'`],
])('of an error of class %s that says %j no value is kept', (code, message) => {
  const error = toStoreError(dialectOf('mysql://db/agents'), Object.assign(new Error(message), { code }))
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
})

test.each([
  [
    '28000',
    `Access denied for user 'mallory'@'%' (using password: YES)`,
    'Access denied for the user (using password: YES)',
  ],
  ['28P01', 'password authentication failed for user "mallory"', 'password authentication failed for the user'],
  ['28000', 'role "mallory" is not permitted to log in', 'the user'],
  ['28P01', 'Passwort für »mallory« falsch', 'the message of the driver is left out: it names the user'],
  ['42501', 'permission denied for table freehold_traces', 'permission denied for table freehold_traces'],
  ['53300', 'too many connections for role "mallory"', 'too many connections for the user'],
])('of an error of class %s that says %j no user is kept', (code, message, kept) => {
  const told = toStoreError(dialectOf('postgres://db/agents'), Object.assign(new Error(message), { code }))
  expect((told.cause as Error).message).toBe(kept)
  expect(inspect(told, { depth: 10, showHidden: true })).not.toContain('mallory')
})

test.each([
  [{ errno: 1226 }, "User 'mallory' has exceeded the 'max_user_connections' resource (current value: 5)"],
  [{ errno: 1203 }, "User mallory already has more than 'max_user_connections' active connections"],
])('of MySQL, a user who has too many connections (%j) is told without the name', (code, message) => {
  const error = Object.assign(new Error(message), code, { code: 'ER_X', sqlState: '42000' })
  const told = toStoreError(dialectOf('mysql://db/agents'), error)
  expect(told).toMatchObject({ code: 'unavailable', retryable: true })
  expect(inspect(told, { depth: 10, showHidden: true })).not.toContain('mallory')
})

test('the message of an error that is known, and is not about values, is kept', () => {
  const error = Object.assign(new Error('the account is locked'), { errno: 3118, code: 'ER_X', sqlState: 'HY000' })
  const told = toStoreError(dialectOf('mysql://db/agents'), error)
  expect((told.cause as Error).message).toBe('the account is locked')
})

/** What each failure that no test can bring about is told as, and whether trying again can help. */
const MEANT: [url: string, error: object, code: string, retryable: boolean, says: RegExp][] = [
  ['postgres', { code: '53100' }, 'unavailable', true, /full; make room/],
  ['postgres', { code: '53300' }, 'unavailable', true, /no connection to spare/],
  ['postgres', { code: '25006' }, 'unavailable', true, /may only be read/],
  ['postgres', { code: '57P03' }, 'unavailable', true, /starting up or shutting down; try again/],
  ['postgres', { code: '08P01', message: 'no such database: agents' }, 'unavailable', false, /no such database/],
  ['postgres', { code: '08P01', message: 'password authentication failed' }, 'unavailable', false, /password is wrong/],
  ['postgres', { code: '08P01', message: 'unsupported startup parameter: x' }, 'unavailable', false, /the pooler/],
  [
    'postgres',
    { code: '08P01', message: 'no more connections allowed' },
    'unavailable',
    true,
    /no connection to spare/,
  ],
  ['postgres', { code: '08P01', message: 'query_wait_timeout' }, 'unavailable', true, /connection was lost/],
  ['postgres', { code: 'XX000', message: 'Tenant or user not found' }, 'unavailable', false, /password is wrong/],
  ['postgres', { code: 'XX000', message: 'max clients reached' }, 'unavailable', true, /no connection to spare/],
  ['postgres', { code: '25P03' }, 'unavailable', true, /connection was lost/],
  ['postgres', { code: '40003' }, 'unavailable', true, /connection was lost/],
  ['postgres', { code: '25P04' }, 'timeout', true, /did not answer in time/],
  ['postgres', { code: 'EMFILE' }, 'unavailable', true, /no file handle or port/],
  ['postgres', { code: 'EADDRNOTAVAIL' }, 'unavailable', true, /no file handle or port/],
  ['postgres', { code: 'EAI_FAIL' }, 'unavailable', true, /no machine of this name/],
  ['postgres', { code: '0A000' }, 'unsupported', false, /has not what this needs/],
  ['postgres', { code: '42704' }, 'unsupported', false, /has not what this needs/],
  ['postgres', { code: '57P01' }, 'unavailable', true, /nobody answers there/],
  ['postgres', { code: '08006' }, 'unavailable', true, /connection was lost/],
  ['postgres', { code: '28000' }, 'unavailable', false, /does not let this user in/],
  ['postgres', { code: '42501' }, 'unavailable', false, /lacks a right/],
  ['postgres', { code: '3F000' }, 'unsupported', false, /no such schema; create it/],
  ['postgres', { code: '42703' }, 'unsupported', false, /not ours, or was changed/],
  ['postgres', { code: '22021' }, 'invalid', false, /must be UTF-8/],
  ['postgres', { code: 'EAI_AGAIN' }, 'unavailable', true, /no machine of this name/],
  ['postgres', { code: 'EHOSTUNREACH' }, 'unavailable', true, /the host does not answer/],
  ['postgres', { code: 'CERT_HAS_EXPIRED' }, 'unavailable', false, /the certificate of the server/],
  ['postgres', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'unavailable', false, /the certificate of the server/],
  ['mysql', { errno: 1021, code: 'ER_DISK_FULL' }, 'unavailable', true, /full; make room/],
  ['mysql', { errno: 1040, code: 'ER_CON_COUNT_ERROR' }, 'unavailable', true, /no connection to spare/],
  ['mysql', { errno: 3101, code: 'ER_X' }, 'timeout', true, /another transaction was in the way/],
  ['mysql', { errno: 1047, code: 'ER_UNKNOWN_COM_ERROR' }, 'unavailable', true, /starting up or shutting down/],
  ['mysql', { errno: 1184, code: 'ER_NEW_ABORTING_CONNECTION' }, 'unavailable', true, /connection was lost/],
  ['mysql', { errno: 1206, code: 'ER_LOCK_TABLE_FULL' }, 'unavailable', true, /the server or its disk failed/],
  ['mysql', { errno: 1290, code: 'ER_OPTION_PREVENTS_STATEMENT' }, 'unavailable', true, /may only be read/],
  ['mysql', { errno: 1419, code: 'ER_X' }, 'unavailable', false, /log_bin_trust_function_creators = 1/],
  ['mysql', { errno: 3159, code: 'ER_SECURE_TRANSPORT_REQUIRED' }, 'unavailable', false, /ask for TLS in the URL/],
  ['mysql', { errno: 4151, code: 'ER_ACCOUNT_HAS_BEEN_LOCKED' }, 'unavailable', false, /account unlock/],
  ['mysql', { errno: 1059, code: 'ER_TOO_LONG_IDENT' }, 'unsupported', false, /a shorter prefix/],
  ['mysql', { errno: 1054, code: 'ER_BAD_FIELD_ERROR' }, 'unsupported', false, /not ours, or was changed/],
  ['mysql', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, 'unavailable', true, /connection was lost/],
  ['mysql', { code: 'HANDSHAKE_SSL_ERROR', syscall: 'read' }, 'unavailable', true, /connection was lost/],
  ['mysql', { code: 'AUTH_SWITCH_PLUGIN_ERROR', fatal: true }, 'unavailable', false, /does not let this user in/],
  ['sqlite', { code: 'SQLITE_FULL' }, 'unavailable', true, /full; make room/],
  ['sqlite', { code: 'ENOSPC' }, 'unavailable', true, /full; make room/],
  ['sqlite', { code: 'SQLITE_READONLY' }, 'unavailable', false, /may only be read/],
  ['sqlite', { code: 'EROFS' }, 'unavailable', false, /may only be read/],
  ['sqlite', { code: 'SQLITE_CANTOPEN' }, 'unavailable', false, /cannot be opened/],
  ['sqlite', { code: 'SQLITE_IOERR' }, 'unavailable', true, /disk failed/],
  ['sqlite', { code: 'SQLITE_CORRUPT' }, 'unavailable', false, /damaged; restore/],
  [
    'sqlite',
    { message: 'Could not locate the bindings file. Tried: …' },
    'unsupported',
    false,
    /no binary for this Node/,
  ],
  ['sqlite', { code: 'ERR_DLOPEN_FAILED' }, 'unsupported', false, /npm rebuild sqlite3/],
]

test.each(MEANT)('%s: %j is told as %s, to be tried again: %s', (scheme, error, code, retryable, says) => {
  const url = scheme === 'sqlite' ? 'sqlite:agents.db' : `${scheme}://db/agents`
  const told = toStoreError(dialectOf(url), Object.assign(new Error('driver'), error), 'db:1')
  expect({ code: told.code, retryable: told.retryable }).toEqual({ code, retryable })
  expect(told.message).toMatch(says)
})

describeEngines((it, { family }) => {
  it('printing a storage shows no password', async ({ database }) => {
    const username = newName()
    const name = family === 'postgres' ? username : `'${username}'@'%'`
    const password = family === 'postgres' ? `login password '${SECRET}'` : `identified by '${SECRET}'`
    await database.prompt.query(`create user ${name} ${password}`)
    if (family === 'mysql') await database.prompt.query(`grant all on *.* to ${name}`)
    const storage = await connect({ url: urlWith(database, { username, password: SECRET }), schema: 'ignore' })
    const printed = inspect(storage, { depth: 10, showHidden: true })
    await storage.close()
    await database.prompt.query(`drop user ${name}`)
    expect(printed).not.toContain(SECRET)
  })

  it('a user who is refused is unavailable, and trying again is in vain', async ({ database }) => {
    const error = await failureOf(connect({ url: stranger(database) }))
    expect(error).toMatchObject({ name: 'StoreError', code: 'unavailable', retryable: false })
  })

  it('the error of a user who is refused shows neither password nor name', async ({ database }) => {
    const error = await failureOf(connect({ url: stranger(database) }))
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(new RegExp(`${SECRET}|nobody`))
  })

  it('a table of others with a key onto ours is told as what keeps the schema from going', async ({
    database,
    storage,
  }) => {
    const type = family === 'postgres' ? 'varchar(128) collate "C"' : ''
    const columns =
      family === 'postgres'
        ? `tenant ${type}, id ${type}`
        : (await database.prompt.query('select version() as v'))[0]!.v!.toString().includes('MariaDB')
          ? 'tenant varchar(128) character set utf8mb4 collate utf8mb4_nopad_bin, id varchar(128) character set utf8mb4 collate utf8mb4_nopad_bin'
          : 'tenant varchar(128) character set utf8mb4 collate utf8mb4_0900_bin, id varchar(128) character set utf8mb4 collate utf8mb4_0900_bin'
    await database.prompt.query(
      `create table other (${columns}, foreign key (tenant, id) references freehold_sessions (tenant, id))`,
    )
    const error = await failureOf(storage.migrations.down('sessions'))
    expect(error).toMatchObject({ code: 'unsupported', retryable: false })
    expect(error.message).toContain('a view or a key that is not ours depends on')
    expect((error.cause as Error).message).toMatch(/other|freehold_sessions/)
  })

  it('a database that does not exist is unavailable, and trying again is in vain', async ({ database }) => {
    const error = await failureOf(connect({ url: urlWith(database, { pathname: '/no_such_database' }) }))
    expect(error).toMatchObject({ name: 'StoreError', code: 'unavailable', retryable: false })
  })

  it('a server that cannot be reached is unavailable, and may be tried again', async ({ database }) => {
    const error = await failureOf(connect({ url: urlWith(database, { port: '1' }) }))
    expect(error).toMatchObject({ name: 'StoreError', code: 'unavailable', retryable: true })
  })

  it('a key that is taken is told without the values of the row', async ({ database, storage }) => {
    await storage.audit.checkpoint(SECRET)
    const copy = 'insert into freehold_audit_heads select * from freehold_audit_heads where stream = ?'
    const error = await failureOfStatement(database, copy, [SECRET])
    expect(error.code).toBe('already_exists')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
  })

  it('a key that is taken is told without its values, whatever quotes these hold', async ({ database, storage }) => {
    const stream = `it's "${SECRET}`
    await storage.audit.checkpoint(stream)
    const copy = 'insert into freehold_audit_heads select * from freehold_audit_heads where stream = ?'
    const error = await failureOfStatement(database, copy, [stream])
    expect(error.code).toBe('already_exists')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
  })

  it('a value that is too long for its column is invalid, and is not told', async ({ database, storage }) => {
    const long = SECRET.repeat(10)
    await storage.audit.checkpoint('main')
    const error = await failureOfStatement(database, 'update freehold_audit_heads set stream = ?', [long])
    expect(error.code).toBe('invalid')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
  })

  it('a statement that is wrong is told without its values', async ({ database }) => {
    const cast = family === 'postgres' ? 'select (?::text)::integer' : 'select ? from no_such_table'
    const error = await failureOfStatement(database, cast, [SECRET])
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
  })
}, SERVERS)
