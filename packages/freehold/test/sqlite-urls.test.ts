import { existsSync } from 'node:fs'
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DOMAINS } from '@freehold/contract'
import { connect, identityOf } from '@freehold/sql'
import { type OpenMigrations, openMigrations, openStorage } from 'freehold'
import { describe, expect, it } from 'vitest'
import { BACKENDS } from '../src/backends.js'
import { resolveConfig } from '../src/resolve.js'
import { withDirectory } from './support/config-file.js'
import { errorOf, problemsOf } from './support/problems.js'
import { routesTo } from './support/stub.js'

const REFUSED: Record<string, string> = {
  'sqlite:': 'names no file; write sqlite:path/to/file.db',
  'sqlite:q.db?mode=ro':
    'has options, which are not taken; write sqlite:path/to/file.db without the ? and what follows',
  'sqlite:data/': 'names a directory; write sqlite:path/to/file.db',
  'sqlite:/': 'names a directory; write sqlite:path/to/file.db',
  'sqlite:file:q.db': 'has a second scheme; write sqlite:path/to/file.db',
  'sqlite://localhost/q.db': 'names a host or a user, and a file has none; write sqlite:path/to/file.db',
  'sqlite://db:5432/q.db': 'names a host or a user, and a file has none; write sqlite:path/to/file.db',
  'sqlite://app:pw@db/q.db': 'names a host or a user, and a file has none; write sqlite:path/to/file.db',
  'sqlite:q.db ': 'begins or ends with white space; take it out',
  'sqlite:nl.db\n': 'has a control character, such as a line break; take it out',
  'sqlite:tab\t.db': 'has a control character, such as a line break; take it out',
  'sqlite:nul\0.db': 'has a control character, such as a line break; take it out',
}

describe('a SQLite URL is refused:', () => {
  for (const [url, message] of Object.entries(REFUSED))
    it(JSON.stringify(url), async () => {
      expect(await problemsOf(openStorage(url, { migrate: true }))).toEqual([`url: ${message}`])
    })

  it('a line break, by the backend too', async () => {
    const error = await errorOf(connect({ url: 'sqlite:nl.db\n', schema: 'migrate' }))
    expect(error.code).toBe('invalid')
  })
})

describe('opening a SQLite URL', () => {
  it('makes a new file with migrate beside it', () =>
    withDirectory(async (directory) => {
      const file = join(directory, 'agents.db')
      await (await openStorage(`sqlite:${file}`, { migrate: true })).close()
      expect(existsSync(file)).toBe(true)
    }))

  it('takes a scheme in capitals', () =>
    withDirectory(async (directory) => {
      const file = join(directory, 'agents.db')
      await (await openStorage(`SQLITE:${file}`, { migrate: true })).close()
      expect(existsSync(file)).toBe(true)
    }))
})

describe('the migrations of a SQLite file that is not there', () => {
  const within = (act: (file: string, migrations: OpenMigrations) => Promise<void>) =>
    withDirectory(async (directory) => {
      const file = join(directory, 'data', 'agents.db')
      const migrations = await openMigrations(`sqlite:${file}`)
      try {
        await act(file, migrations)
      } finally {
        await migrations.close()
      }
    })
  const isMade = (file: string) => [existsSync(dirname(file)), existsSync(file)]

  it('are all pending, and looking makes nothing', () =>
    within(async (file, migrations) => {
      expect(new Set((await migrations.status()).map(({ state }) => state))).toEqual(new Set(['pending']))
      expect(isMade(file)).toEqual([false, false])
    }))

  it('are planned in full, and that makes nothing', () =>
    within(async (file, migrations) => {
      expect((await migrations.plan()).length).toBeGreaterThan(DOMAINS.length)
      expect(isMade(file)).toEqual([false, false])
    }))

  it('are not undone, and that makes nothing', () =>
    within(async (file, migrations) => {
      expect(await migrations.down('audit')).toEqual([])
      expect(isMade(file)).toEqual([false, false])
    }))

  it('make it when they are brought up, in the file itself', () =>
    within(async (file, migrations) => {
      const [pending] = await Promise.all([migrations.status(), migrations.status(), migrations.plan()])
      expect(await migrations.up()).toHaveLength(pending.length)
      expect(await migrations.plan()).toEqual([])
      const storage = await openStorage(`sqlite:${file}`)
      await storage.sessions.save({ id: 'chat', type: 'agent' })
      await storage.close()
    }))

  it('are those of the file as soon as somebody else made it', () =>
    within(async (file, migrations) => {
      await migrations.status()
      await (await openStorage(`sqlite:${file}`, { migrate: true })).close()
      expect(new Set((await migrations.status()).map(({ state }) => state))).toEqual(new Set(['applied']))
      expect(await migrations.up()).toEqual([])
    }))
})

describe('the identity of a SQLite file is the same', () => {
  it('through a symbolic link to it', () =>
    withDirectory(async (directory) => {
      await writeFile(join(directory, 'a.db'), '')
      await symlink(join(directory, 'a.db'), join(directory, 'b.db'))
      expect(identityOf(`sqlite:${directory}/b.db`)).toBe(identityOf(`sqlite:${directory}/a.db`))
    }))

  it('through a symbolic link to its directory, though it is not there yet', () =>
    withDirectory(async (directory) => {
      await mkdir(join(directory, 'data'))
      await symlink(join(directory, 'data'), join(directory, 'link'))
      expect(identityOf(`sqlite:${directory}/link/new/a.db`)).toBe(
        `sqlite:${join(await realpath(directory), 'data/new/a.db')}`,
      )
    }))
})

describe('databases in memory', () => {
  it('that are named apart are two', async () => {
    const databases = { a: 'sqlite::memory:', b: 'sqlite::memory:' }
    const host = { directory: '/nowhere', variables: {}, backends: BACKENDS }
    const { connections } = await resolveConfig({ databases, routes: routesTo('a', 'a', 'a', 'b') }, host)
    expect(connections.map(({ options }) => options.domains)).toEqual([['traces', 'sessions', 'approvals'], ['audit']])
  })

  for (const url of ['sqlite://:memory:', 'sqlite:///:memory:'])
    it(`are written ${url} too, and make no file`, async () => {
      await (await openStorage(url, { migrate: true })).close()
      expect([existsSync(':memory:'), existsSync('/:memory:')]).toEqual([false, false])
    })

  it('of one name hold every domain that is routed there', async () => {
    const storage = await openStorage('sqlite::memory:', { migrate: true })
    await storage.sessions.save({ id: 's', type: 'agent' })
    await storage.audit.append([{ actor: 'ada', action: 'saved' }])
    const found = [(await storage.sessions.list()).items.length, (await storage.audit.read()).items.length]
    await storage.close()
    expect(found).toEqual([1, 1])
  })
})
