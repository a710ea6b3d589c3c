import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreError } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, ENGINES, SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'
import { newName } from './servers.js'

const SECRET = 'correct-horse-battery'

function refusal(opening: Promise<unknown>): Promise<Pick<StoreError, 'code' | 'retryable' | 'message'>> {
  return opening.then(
    () => {
      throw new Error('it opened')
    },
    ({ code, retryable, message }: StoreError) => ({ code, retryable, message }),
  )
}

function urlWith(
  { url }: Database,
  part: Partial<Pick<URL, 'username' | 'password' | 'hostname' | 'port' | 'pathname'>>,
) {
  return Object.assign(new URL(url), part).href
}

const told = (retryable: boolean, ...words: string[]) => ({
  code: 'unavailable',
  retryable,
  message: expect.stringMatching(new RegExp(words.join('.*'))),
})

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

describe('of a SQLite file', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'freehold-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  test('a folder in its place is refused as invalid', async () => {
    const error = await refusal(connect({ url: `sqlite:${dir}`, schema: 'migrate' }))
    expect(error).toEqual({
      code: 'invalid',
      retryable: false,
      message: 'connect: url: names a directory; write sqlite:path/to/file.db',
    })
  })

  test('a file where its folder is to be is told by its path, and trying again is in vain', async () => {
    const path = join(dir, 'notes', 'agents.db')
    await writeFile(join(dir, 'notes'), 'notes')
    const error = await refusal(connect({ url: `sqlite:${path}`, schema: 'migrate' }))
    expect(error).toEqual(told(false, `at ${path} \\(E\\w+\\): the file cannot be opened; correct its path`))
  })

  test('a file that is damaged is told by its path, and trying again is in vain', async () => {
    const path = join(dir, 'agents.db')
    const storage = await connect({ url: `sqlite:${path}`, schema: 'migrate' })
    await storage.close()
    const bytes = await readFile(path)
    await writeFile(path, bytes.fill(7, 100, 8_000))
    const error = await refusal(connect({ url: `sqlite:${path}` }))
    expect(error).toEqual(told(false, `at ${path} \\(SQLITE_CORRUPT\\): the file is damaged; restore it`))
  })

  test('a folder that nobody may write is told, and trying again is in vain', async () => {
    const error = await refusal(connect({ url: 'sqlite:/proc/agents.db', schema: 'migrate' }))
    expect(error).toEqual(told(false, 'at /proc/agents\\.db \\(\\w+\\): the file (cannot be opened|may only be read)'))
  })
})
