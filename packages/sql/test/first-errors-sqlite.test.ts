import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@freehold/sql'
import knex from 'knex'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { refusal, told } from './first-errors.js'

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

  test.each([
    ['sqlite:/dev/null', 'names a device, a pipe or a socket; write sqlite:path/to/file.db'],
    ['sqlite:~/a.db', 'begins with ~, which only a shell reads; write the whole path, sqlite:/home/…/file.db'],
    ['sqlite::MEMORY:', 'names a database in memory in capitals; write sqlite::memory:'],
  ])('%s is refused as invalid', async (url, message) => {
    const error = await refusal(connect({ url, schema: 'migrate' }))
    expect(error).toEqual({ code: 'invalid', retryable: false, message: `connect: url: ${message}` })
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

  test('of one that is no database is why it was not opened, also where closing fails', async () => {
    const path = join(dir, 'agents.db')
    await writeFile(path, 'no database '.repeat(1000))
    const close = vi.spyOn(knex.Client.prototype, 'destroy')
    close.mockRejectedValue(new Error('closing failed'))
    const error = await refusal(connect({ url: `sqlite:${path}` }))
    const clients = close.mock.contexts as knex.Knex.Client[]
    close.mockRestore()
    await Promise.all(clients.map((client) => client.destroy(undefined)))
    expect([clients.length, error.code]).toEqual([1, 'unsupported'])
  })

  test('a folder that nobody may write is told, and trying again is in vain', async () => {
    const error = await refusal(connect({ url: 'sqlite:/proc/agents.db', schema: 'migrate' }))
    expect(error).toEqual(told(false, 'at /proc/agents\\.db \\(\\w+\\): the file (cannot be opened|may only be read)'))
  })
})
