import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../src/resolve.js'
import { withConfigFile } from './support/config-file.js'
import { errorOf, problemsOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

/** What is made of a file and the environment over it. */
function resolvedFrom(file: unknown, variables: Record<string, string>) {
  return withConfigFile('freehold.config.json', JSON.stringify(file), (directory) =>
    resolveConfig(undefined, hostOf(new StubBackend(), { variables, directory })),
  )
}

const POOLS = {
  databases: { a: { url: 'stub:a', pool: 2 }, b: { url: 'stub:b', pool: 4 } },
  routes: routesTo('a', 'b', 'b', 'b'),
}

describe('the pool of a file, under a URL of the environment,', () => {
  it('yields to the pool that the file gives for that database', async () => {
    const variables = {
      FREEHOLD_SESSIONS_URL: 'stub:a',
      FREEHOLD_APPROVALS_URL: 'stub:a',
      FREEHOLD_AUDIT_URL: 'stub:a',
    }
    const { connections } = await resolvedFrom(POOLS, variables)
    expect(connections.map(({ options }) => options.pool)).toEqual([2])
  })

  it('is none of many sizes, and none of them is refused', async () => {
    const variables = { FREEHOLD_TRACES_URL: 'stub:x', FREEHOLD_URL: 'stub:x' }
    const { connections } = await resolvedFrom(POOLS, variables)
    expect(connections.map(({ options }) => options.pool)).toEqual([undefined])
  })
})

const VAULT = { main: 'stub:file', vault: 'gone:vault' }

describe('a database of a file', () => {
  it('that no route uses is let be when the environment gives a URL', async () => {
    const file = { databases: VAULT, routes: { traces: 'main', sessions: 'main', approvals: 'main' } }
    const { connections } = await resolvedFrom(file, { FREEHOLD_AUDIT_URL: 'stub:here' })
    expect(connections.map(({ options }) => options.url)).toEqual(['stub:file', 'stub:here'])
  })

  const UNKNOWN = 'routes.traecs: is not a field of routes; the fields are traces, sessions, approvals, audit'
  const MISSING = 'routes.traces: is missing; name its database: the databases are a, b'

  it.each([
    [
      'told of when no route uses it and a misspelt one may mean it',
      { a: 'stub:', b: 'stub:b' },
      { traecs: 'a', sessions: 'b', approvals: 'b' },
      { FREEHOLD_AUDIT_URL: 'stub:here' },
      [UNKNOWN, MISSING, 'databases.a.url: names no file; write stub:path'],
    ],
    [
      'let be when all its domains are replaced, whatever another route means',
      { a: 'stub:a', b: 'stub:' },
      { traecs: 'a', sessions: 'a', approvals: 'a', audit: 'b' },
      { FREEHOLD_AUDIT_URL: 'stub:here' },
      [UNKNOWN, MISSING],
    ],
    [
      'let be when every domain is replaced, whatever a misspelt route means',
      { a: 'stub:', b: 'stub:b' },
      { traecs: 'a', sessions: 'b', approvals: 'b', audit: 'b' },
      { FREEHOLD_URL: 'stub:here' },
      [UNKNOWN],
    ],
  ])('is %s', async (_, databases, routes, variables, problems) => {
    expect(await problemsOf(resolvedFrom({ databases, routes }, variables))).toEqual(problems)
  })
})

it('what is wrong with a file is told with its name', async () => {
  expect((await errorOf(resolvedFrom({ databases: { main: 'stub:' } }, {}))).message).toBe(
    'storage configuration in freehold.config.json: databases.main.url: names no file; write stub:path',
  )
})

it.each([
  ['the file alone says so', true, {}, true],
  ['the environment alone says so', undefined, { FREEHOLD_MIGRATE: 'true' }, true],
  ['the environment says so over the file', false, { FREEHOLD_MIGRATE: 'true' }, true],
  ['none says so', undefined, {}, false],
])('to migrate is told when %s: %s, %j', async (_, migrate, variables, told) => {
  const { migrate: resolved } = await resolvedFrom({ databases: { main: 'stub:a' }, migrate }, variables)
  expect(resolved).toBe(told)
})

describe('how long things are kept', () => {
  const DAY = 86_400_000
  const FILE = { databases: { main: 'stub:a' } }
  const retention = { traces: '30d', sessions: '400d', tenants: { acme: { traces: '10d' } } }

  it.each([
    ['the file alone', { retention }, {}, { traces: 30 * DAY, sessions: 400 * DAY }],
    ['both', { retention }, { FREEHOLD_TRACES_RETENTION: '90d' }, { traces: 90 * DAY, sessions: 400 * DAY }],
    ['the environment alone', {}, { FREEHOLD_SESSIONS_RETENTION: '36h' }, { sessions: 1.5 * DAY }],
    [
      'both, of errors',
      { retention: { tracesWithErrors: '90d' } },
      { FREEHOLD_TRACES_RETENTION: '60d' },
      { traces: 60 * DAY, tracesWithErrors: 90 * DAY },
    ],
  ])('is said by %s', async (_, file, variables, all) => {
    expect((await resolvedFrom({ ...FILE, ...file }, variables)).retention!.all).toEqual(all)
  })

  it('is said by the file of a tenant with a rule of its own', async () => {
    const resolved = await resolvedFrom({ ...FILE, retention }, { FREEHOLD_TRACES_RETENTION: '90d' })
    expect(resolved.retention!.tenants.get('acme')).toEqual({ traces: 10 * DAY })
  })

  it('is refused where the file has errors for a shorter time', async () => {
    const file = { ...FILE, retention: { traces: '30d', tracesWithErrors: '60d' } }
    expect(await problemsOf(resolvedFrom(file, { FREEHOLD_TRACES_RETENTION: '90d' }))).toEqual([
      'retention.tracesWithErrors: is shorter than `FREEHOLD_TRACES_RETENTION`; traces with an error are kept as long, or longer',
    ])
  })
})
