import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../src/resolve.js'
import { withConfigFile } from './support/config-file.js'
import { problemsOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

/** Where each domain goes, as `domain url`. */
async function routesFrom(variables: Record<string, string>, directory = '/nowhere'): Promise<string[]> {
  const { connections } = await resolveConfig(undefined, hostOf(new StubBackend(), { variables, directory }))
  return connections.flatMap(({ options }) => options.domains.map((domain) => `${domain} ${options.url}`)).sort()
}

function problemsFrom(variables: Record<string, string>, directory = '/nowhere'): Promise<string[]> {
  return problemsOf(resolveConfig(undefined, hostOf(new StubBackend(), { variables, directory })))
}

const EACH = {
  FREEHOLD_TRACES_URL: 'stub:t',
  FREEHOLD_SESSIONS_URL: 'stub:s',
  FREEHOLD_APPROVALS_URL: 'stub:p',
  FREEHOLD_AUDIT_URL: 'stub:u',
}
const KNOWN =
  'FREEHOLD_CONFIG, FREEHOLD_URL, FREEHOLD_TRACES_URL, FREEHOLD_SESSIONS_URL, FREEHOLD_APPROVALS_URL, FREEHOLD_AUDIT_URL, FREEHOLD_TRACES_RETENTION, FREEHOLD_SESSIONS_RETENTION, FREEHOLD_MIGRATE, FREEHOLD_TENANTS'
const DAY = 86_400_000
const FILE = { databases: { main: { url: 'stub:file', prefix: 'agents_', pool: 4 } } }

describe('the environment', () => {
  it('gives one database for all four domains', async () => {
    expect(await routesFrom({ FREEHOLD_URL: 'stub:all' })).toEqual([
      'approvals stub:all',
      'audit stub:all',
      'sessions stub:all',
      'traces stub:all',
    ])
  })

  it('gives one database for each domain', async () => {
    expect(await routesFrom(EACH)).toEqual(['approvals stub:p', 'audit stub:u', 'sessions stub:s', 'traces stub:t'])
  })

  it('gives one domain a database of its own', async () => {
    expect(await routesFrom({ FREEHOLD_URL: 'stub:all', FREEHOLD_AUDIT_URL: 'stub:vault' })).toContain(
      'audit stub:vault',
    )
  })

  it('wins over the file for the domains it names', async () => {
    await withConfigFile('freehold.config.json', JSON.stringify(FILE), async (directory) => {
      expect(await routesFrom({ FREEHOLD_AUDIT_URL: 'stub:vault' }, directory)).toEqual([
        'approvals stub:file',
        'audit stub:vault',
        'sessions stub:file',
        'traces stub:file',
      ])
    })
  })

  it('wins over the file for all domains', async () => {
    await withConfigFile('freehold.config.json', JSON.stringify(FILE), async (directory) => {
      expect(await routesFrom({ FREEHOLD_URL: 'stub:all' }, directory)).toContain('traces stub:all')
    })
  })

  it('replaces URLs and leaves prefix and pool', async () => {
    await withConfigFile('freehold.config.json', JSON.stringify(FILE), async (directory) => {
      const host = hostOf(new StubBackend(), { variables: { FREEHOLD_URL: 'stub:all' }, directory })
      const { connections } = await resolveConfig(undefined, host)
      expect(connections.map(({ options: { prefix, pool } }) => ({ prefix, pool }))).toEqual([
        { prefix: 'agents_', pool: 4 },
      ])
    })
  })

  it('brings databases of different pools together with the pool of the backend', async () => {
    const file = {
      databases: { a: { url: 'stub:a', pool: 2 }, b: { url: 'stub:b', pool: 4 } },
      routes: routesTo('a', 'b'),
    }
    await withConfigFile('freehold.config.json', JSON.stringify(file), async (directory) => {
      const host = hostOf(new StubBackend(), { variables: { FREEHOLD_URL: 'stub:all' }, directory })
      const { connections } = await resolveConfig(undefined, host)
      expect(connections.map(({ options }) => options.pool)).toEqual([undefined])
    })
  })

  it('routes what the file leaves open', async () => {
    const file = {
      databases: { a: 'stub:a', b: 'stub:b' },
      routes: { traces: 'a', sessions: 'b', approvals: 'b' },
    }
    await withConfigFile('freehold.config.json', JSON.stringify(file), async (directory) => {
      expect(await routesFrom({ FREEHOLD_AUDIT_URL: 'stub:vault' }, directory)).toContain('audit stub:vault')
    })
  })

  it('may hold what Kubernetes sets for a service of that name', async () => {
    const ofServices = {
      FREEHOLD_SERVICE_HOST: '10.0.0.1',
      FREEHOLD_SERVICE_PORT_HTTP: '80',
      FREEHOLD_PORT: 'tcp://10.0.0.1:80',
      FREEHOLD_CONSOLE_PORT_80_TCP_ADDR: '10.0.0.2',
    }
    expect(await routesFrom({ ...EACH, ...ofServices })).toContain('audit stub:u')
  })

  it('may hold what another program calls nearly so', async () => {
    expect(await routesFrom({ ...EACH, MY_FREEHOLD_URLS: 'x' })).toContain('audit stub:u')
  })

  it('asks for no backend of the one domain that it routes around', async () => {
    const file = {
      databases: { main: 'stub:file', vault: 'gone:vault' },
      routes: routesTo('main', 'main', 'main', 'vault'),
    }
    await withConfigFile('freehold.config.json', JSON.stringify(file), async (directory) => {
      expect(await routesFrom({ FREEHOLD_AUDIT_URL: 'stub:here' }, directory)).toContain('audit stub:here')
    })
  })

  it('asks for no backend that it routes around', async () => {
    const file = { databases: { main: 'gone:elsewhere' } }
    await withConfigFile('freehold.config.json', JSON.stringify(file), async (directory) => {
      expect(await routesFrom({ FREEHOLD_URL: 'stub:all' }, directory)).toContain('audit stub:all')
    })
  })

  it('says how long things are kept where no file does', async () => {
    const variables = { FREEHOLD_URL: 'stub:all', FREEHOLD_TRACES_RETENTION: '90d' }
    const { retention } = await resolveConfig(undefined, hostOf(new StubBackend(), { variables }))
    expect(retention).toMatchObject({ all: { traces: 90 * DAY }, every: DAY / 24 })
  })

  it('says nothing of how long things are kept unless it is told to', async () => {
    const variables = { FREEHOLD_URL: 'stub:all' }
    expect((await resolveConfig(undefined, hostOf(new StubBackend(), { variables }))).retention).toBeUndefined()
  })

  it('says whether to migrate where no file does', async () => {
    const variables = { FREEHOLD_URL: 'stub:all', FREEHOLD_MIGRATE: 'true' }
    expect((await resolveConfig(undefined, hostOf(new StubBackend(), { variables }))).migrate).toBe(true)
  })

  it('says whether to migrate and wins over the file', async () => {
    await withConfigFile('freehold.config.json', JSON.stringify({ ...FILE, migrate: true }), async (directory) => {
      const host = hostOf(new StubBackend(), { variables: { FREEHOLD_MIGRATE: 'false' }, directory })
      expect((await resolveConfig(undefined, host)).migrate).toBe(false)
    })
  })
})

describe('the environment is refused for', () => {
  it('saying nothing where no file does', async () => {
    expect(await problemsFrom({})).toEqual([
      'FREEHOLD_URL: is not set, and there is no freehold.config.{js,mjs,json,ts} here; set it to the URL of a database (stub:…), write the file, or pass a URL to openStorage',
    ])
  })

  it('leaving domains without a database', async () => {
    expect(await problemsFrom({ FREEHOLD_TRACES_URL: 'stub:t', FREEHOLD_SESSIONS_URL: 'stub:s' })).toEqual([
      'FREEHOLD_APPROVALS_URL: is not set; set it, or FREEHOLD_URL for all four domains',
      'FREEHOLD_AUDIT_URL: is not set; set it, or FREEHOLD_URL for all four domains',
    ])
  })

  it('an empty URL, which is not the same as none', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_AUDIT_URL: '' })).toEqual([
      'FREEHOLD_AUDIT_URL: is empty; give it the URL of a database, or unset it',
    ])
  })

  it('a blank URL, which is not the same as none', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_AUDIT_URL: ' ' })).toEqual([
      'FREEHOLD_AUDIT_URL: is empty; give it the URL of a database, or unset it',
    ])
  })

  it('a backend that is missing for a database that is routed around in part only', async () => {
    await withConfigFile('freehold.config.json', '{ "databases": { "main": "gone:file" } }', async (directory) => {
      expect(await problemsFrom({ FREEHOLD_AUDIT_URL: 'stub:here' }, directory)).toEqual([
        expect.stringMatching(/^databases.main.url: needs the package/),
      ])
    })
  })

  it('a URL with the line break of the file that it was read from', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_AUDIT_URL: 'stub:vault\n' })).toEqual([
      'FREEHOLD_AUDIT_URL: has a control character, such as a line break; take it out',
    ])
  })

  it('a variable that is not there', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_TRACE_URL: 'stub:t' })).toEqual([
      `FREEHOLD_TRACE_URL: is not a variable of freehold; the variables are ${KNOWN}`,
    ])
  })

  it('variables that are not there, in the order of their names', async () => {
    const refused = await problemsFrom({ ...EACH, FREEHOLD_Z: '1', FREEHOLD_A: '1' })
    expect(refused.map((problem) => problem.split(':')[0])).toEqual(['FREEHOLD_A', 'FREEHOLD_Z'])
  })

  for (const name of [
    'FREEHOLD_MIGRATION',
    'FREEHOLD_CONFG',
    'FREEHOLD_AUDIT-URL',
    'FREEHOLD_TRACES_URI',
    'FREEHOLD_PORTS',
  ])
    it(`${name}, which is misspelt`, async () => {
      expect(await problemsFrom({ ...EACH, [name]: 'true' })).toEqual([
        `${name}: is not a variable of freehold; the variables are ${KNOWN}`,
      ])
    })

  it('an unknown scheme, by the name of the variable', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_AUDIT_URL: 'oracle:vault' })).toEqual([
      'FREEHOLD_AUDIT_URL: has no known scheme; begin it with stub: or undriven: or gone:',
    ])
  })

  it('a retention that is no length of time, with all other problems', async () => {
    const wrong = { FREEHOLD_TRACES_RETENTION: '90', FREEHOLD_SESSIONS_RETENTION: '', FREEHOLD_MIGRATE: '1' }
    const remedy = 'give a whole number of days or hours, such as 90d or 36h, from 1h to 999999d'
    expect((await problemsFrom({ ...EACH, ...wrong })).sort()).toEqual([
      'FREEHOLD_MIGRATE: is neither true nor false; give one of them, or unset it',
      `FREEHOLD_SESSIONS_RETENTION: is no length of time; ${remedy}`,
      `FREEHOLD_TRACES_RETENTION: is no length of time; ${remedy}`,
    ])
  })

  it('migrate that is neither true nor false', async () => {
    expect(await problemsFrom({ ...EACH, FREEHOLD_MIGRATE: '1' })).toEqual([
      'FREEHOLD_MIGRATE: is neither true nor false; give one of them, or unset it',
    ])
  })
})
