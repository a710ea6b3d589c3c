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
  ['HY000', `Incorrect string value: '${SECRET}' for column "it's"`],
  ['23000', `Duplicate entry 'a\n    at ${SECRET} (file.js:1:1)' for key 'x'`],
])('of an error of class %s that says %j no value is kept', (code, message) => {
  const error = toStoreError(dialectOf('mysql://db/agents'), Object.assign(new Error(message), { code }))
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
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

  it('the error of a user who is refused shows no password', async ({ database }) => {
    const error = await failureOf(connect({ url: stranger(database) }))
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET)
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
