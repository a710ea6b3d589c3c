import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import type { StorageConfig } from '../src/config.js'
import { openStorageOn } from '../src/open.js'
import { errorOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

const SECRET = 'hunter2'
const URL = `stub://app:${SECRET}@db/agents`

const CONFIGS: Record<string, unknown> = {
  'a URL without a scheme': `app:${SECRET}@db/agents`,
  'a secret in place of the scheme': `${SECRET}:app@db/agents`,
  'an unknown scheme': `oracle://app:${SECRET}@db/agents`,
  'a missing driver': `undriven://app:${SECRET}@db/agents`,
  'a URL as the name of a database': { databases: { [URL]: 'stub:a' } },
  'a URL as a key': { [URL]: 'main' },
  'routes the wrong way round': { databases: { main: 'stub:a' }, routes: { [URL]: 'traces' } },
  'a URL as a key of a database': { databases: { main: { [URL]: true } } },
  'a URL as a route': { databases: { main: 'stub:a' }, routes: routesTo(URL) },
  'a URL as a list': { databases: { main: [URL] } },
  'a URL as the prefix': { databases: { main: { url: 'stub:a', prefix: URL } } },
  'a URL as the pool': { databases: { main: { url: 'stub:a', pool: URL } } },
  'two pools': {
    databases: { a: { url: URL, pool: 1 }, b: { url: URL, pool: 2 } },
    routes: routesTo('a', 'b'),
  },
}

for (const [title, config] of Object.entries(CONFIGS))
  it(`no secret is shown for ${title}`, async () => {
    const error = await errorOf(openStorageOn(hostOf(new StubBackend()), config as StorageConfig))
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
  })

it('no secret of the environment is shown', async () => {
  const variables = { FREEHOLD_TRACES_URL: `${SECRET}@db`, FREEHOLD_CONFIG: 'nothing.json', FREEHOLD_MIGRATE: SECRET }
  const error = await errorOf(openStorageOn(hostOf(new StubBackend(), { variables })))
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
})
