import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { StoreError } from '@freehold/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileOf, realPathOf } from '../src/dialects/sqlite-file.js'

const FILE = 'write sqlite:path/to/file.db'
const HOST = `names a host or a user, and a file has none; ${FILE}`
const CAPITALS = 'names a database in memory in capitals; write sqlite::memory:'
const HOME = 'begins with ~, which only a shell reads; write the whole path, sqlite:/home/…/file.db'

function problemsOf(url: string): string[] {
  try {
    fileOf(url)
    return []
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return error.problems.map(({ message }) => message)
  }
}

let dir: string
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'freehold-file-')))
})
afterAll(() => rm(dir, { recursive: true }))

describe('a URL of SQLite', () => {
  test.each([
    ['sqlite:a.db', resolve('a.db')],
    ['SQLite:a.db', resolve('a.db')],
    ['sqlite:/a/b.db', '/a/b.db'],
    ['sqlite:///a/b.db', '/a/b.db'],
    ['sqlite://a/b.db', resolve('a/b.db')],
    ['sqlite:a/../sqlite:b.db', resolve('sqlite:b.db')],
    ['sqlite:~.db', resolve('~.db')],
    ['sqlite:a/~/b.db', resolve('a/~/b.db')],
    // Without slashes, what looks like a host or a user is the name of a folder.
    ['sqlite:app@db/a.db', resolve('app@db/a.db')],
    ['sqlite:localhost/a.db', resolve('localhost/a.db')],
    ['sqlite:db:5432/a.db', resolve('db:5432/a.db')],
    ['sqlite://a/b@c.db', resolve('a/b@c.db')],
    ['sqlite://my/localhost/a.db', resolve('my/localhost/a.db')],
    ['sqlite://a/db:5432/a.db', resolve('a/db:5432/a.db')],
    ['sqlite://db:x/a.db', resolve('db:x/a.db')],
    ['sqlite:a.file:', resolve('a.file:')],
    ['sqlite::memory:', ':memory:'],
    ['sqlite:///:memory:', ':memory:'],
    ['sqlite:/:memory:', ':memory:'],
  ])('%s is of %s', (url, file) => {
    expect(fileOf(url)).toBe(file)
  })

  test.each([
    ['sqlite:', `names no file; ${FILE}`],
    ['sqlite://', `names no file; ${FILE}`],
    ['sqlite:a.db?mode=ro', `has options, which are not taken; ${FILE} without the ? and what follows`],
    ['sqlite:~/a.db', HOME],
    ['sqlite:~ada/a.db', HOME],
    ['sqlite::MEMORY:', CAPITALS],
    ['sqlite:///:Memory:', CAPITALS],
    ['sqlite:not/there/', `names a directory; ${FILE}`],
    ['sqlite:/tmp', `names a directory; ${FILE}`],
    ['sqlite:/dev/null', `names a device, a pipe or a socket; ${FILE}`],
    ['sqlite:file:a.db', `has a second scheme; ${FILE}`],
    ['sqlite://localhost/a.db', HOST],
    ['sqlite://db:5432/a.db', HOST],
    ['sqlite://app@db/a.db', HOST],
    ['sqlite://app:pw@db/a.db', HOST],
    ['sqlite:a.db\n', 'has a control character, such as a line break; take it out'],
  ])('%s is refused', (url, problem) => {
    expect(problemsOf(url)).toEqual([problem])
  })

  test('may name a file that is there', async () => {
    await writeFile(join(dir, 'there.db'), '')
    expect(fileOf(`sqlite:${join(dir, 'there.db')}`)).toBe(join(dir, 'there.db'))
  })
})

describe('the real path', () => {
  test('is that behind links', async () => {
    await writeFile(join(dir, 'a.db'), '')
    await symlink(join(dir, 'a.db'), join(dir, 'link.db'))
    expect(realPathOf(join(dir, 'link.db'))).toBe(join(dir, 'a.db'))
  })

  test('of a file that is not there is that of its folders, as far as those are', async () => {
    await symlink(dir, join(dir, 'folder'))
    expect(realPathOf(join(dir, 'folder', 'new', 'b.db'))).toBe(join(dir, 'new', 'b.db'))
    expect(realPathOf('/')).toBe('/')
    expect(realPathOf('/none/such.db')).toBe('/none/such.db')
  })
})
