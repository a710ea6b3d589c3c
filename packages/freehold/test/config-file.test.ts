import { existsSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../src/resolve.js'
import { withConfigFile, withDirectory } from './support/config-file.js'
import { errorOf, problemsOf } from './support/problems.js'
import { hostOf, StubBackend } from './support/stub.js'

function resolveIn(directory: string, variables: Record<string, string> = {}) {
  return resolveConfig(undefined, hostOf(new StubBackend(), { directory, variables }))
}

async function urlsIn(directory: string, variables?: Record<string, string>): Promise<string[]> {
  const { connections } = await resolveIn(directory, variables)
  return connections.map(({ options }) => options.url)
}

describe('a configuration file', () => {
  for (const [name, text] of [
    ['freehold.config.json', '{ "databases": { "main": "stub:a" } }'],
    ['freehold.config.mjs', "export default { databases: { main: 'stub:a' } }"],
    ['freehold.config.js', "export default { databases: { main: 'stub:a' } }"],
    ['freehold.config.ts', "export default { databases: { main: 'stub:a' as string } }"],
  ] as const)
    it(`is read from ${name}`, () =>
      withConfigFile(name, text, async (directory) => {
        expect(await urlsIn(directory)).toEqual(['stub:a'])
      }))

  it('that is a link to nowhere is not passed over', () =>
    withDirectory(async (directory) => {
      await symlink(join(directory, 'gone.json'), join(directory, 'freehold.config.json'))
      expect(await problemsOf(resolveIn(directory, { FREEHOLD_URL: 'stub:a' }))).toEqual([
        'freehold.config.json: is not a file; write the configuration there, or remove it',
      ])
    }))

  it('may be one URL', () =>
    withConfigFile('freehold.config.json', '"stub:a"', async (directory) => {
      expect(await urlsIn(directory)).toEqual(['stub:a'])
    }))

  it('may begin with a byte order mark', () =>
    withConfigFile('freehold.config.json', '\uFEFF"stub:a"', async (directory) => {
      expect(await urlsIn(directory)).toEqual(['stub:a'])
    }))

  it('is the one that FREEHOLD_CONFIG names, relative to the directory', () =>
    withConfigFile('elsewhere.json', '"stub:a"', async (directory) => {
      expect(await urlsIn(directory, { FREEHOLD_CONFIG: 'elsewhere.json' })).toEqual(['stub:a'])
    }))

  it('is named in the error about its content', () =>
    withConfigFile('freehold.config.json', '{}', async (directory) => {
      const error = await errorOf(resolveIn(directory))
      expect(error.message).toContain('storage configuration in freehold.config.json')
    }))
})

describe('a configuration file is refused when', () => {
  it('FREEHOLD_CONFIG names one that is not there', () =>
    withDirectory(async (directory) => {
      expect(await problemsOf(resolveIn(directory, { FREEHOLD_CONFIG: 'nothing.json' }))).toEqual([
        'FREEHOLD_CONFIG: names a file that does not exist; correct it, or unset it',
      ])
    }))

  it('FREEHOLD_CONFIG names a directory', () =>
    withDirectory(async (directory) => {
      expect(await problemsOf(resolveIn(directory, { FREEHOLD_CONFIG: '.' }))).toEqual([
        'FREEHOLD_CONFIG: names something that is not a file; correct it, or unset it',
      ])
    }))

  it('it is a directory', () =>
    withDirectory(async (directory) => {
      await mkdir(join(directory, 'freehold.config.json'))
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.json: is not a file; write the configuration there, or remove it',
      ])
    }))

  // The only file that nobody can read from its beginning, root included.
  it.runIf(existsSync('/proc/self/mem'))('it cannot be read', () =>
    withDirectory(async (directory) => {
      await symlink('/proc/self/mem', join(directory, 'freehold.config.json'))
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.json: cannot be read; check that this process may read it',
      ])
    }),
  )

  for (const name of ['freehold.config.cjs', 'freehold.config.mts', 'freehold.config.cts'])
    it(`it is ${name}`, () =>
      withConfigFile(name, "export default 'stub:a'", async (directory) => {
        expect(await problemsOf(resolveIn(directory, { FREEHOLD_URL: 'stub:a' }))).toEqual([
          `${name}: is not read; rename it to one of freehold.config.js, freehold.config.mjs, freehold.config.json, freehold.config.ts`,
        ])
      }))

  it('there are two', () =>
    withConfigFile('freehold.config.json', '"stub:a"', async (directory) => {
      await writeFile(join(directory, 'freehold.config.mjs'), "export default 'stub:b'")
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.mjs: is there beside freehold.config.json; keep one of them',
      ])
    }))

  it.each([
    ['with the line', '{\n  "databases": 1\n  "routes": 2\n}\n', ', at line 3, column 3'],
    ['where Node tells no place', '{ "databases": oops }', ''],
  ])('it is not JSON, %s', (_, text, place) =>
    withConfigFile('freehold.config.json', text, async (directory) => {
      expect(await problemsOf(resolveIn(directory))).toEqual([`freehold.config.json: is not JSON${place}; correct it`])
    }),
  )

  it('it is not JSON, without a word of its content', () =>
    withConfigFile('freehold.config.json', '"stub://app:hunter2@db', async (directory) => {
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.json: is not JSON, at line 1, column 23; correct it',
      ])
    }))

  it('it cannot be imported', () =>
    withConfigFile('freehold.config.mjs', "throw new Error('hunter2')", async (directory) => {
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.mjs: cannot be imported; run node freehold.config.mjs to see why',
      ])
    }))

  it('it has no default export', () =>
    withConfigFile('freehold.config.mjs', "export const url = 'stub:a'", async (directory) => {
      expect(await problemsOf(resolveIn(directory))).toEqual([
        'freehold.config.mjs: has no default export; export the configuration as default',
      ])
    }))
})
