import { describe, expect, it } from 'vitest'
import type { StorageConfig } from '../src/config.js'
import { resolveConfig } from '../src/resolve.js'
import { problemsOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

const SCHEMES = 'begin it with stub: or undriven: or gone:'
const DATABASES = "names no database; give at least one, such as { main: '<url>' }"

interface Row {
  title: string
  config: unknown
  problems: string[]
}

const ROWS: Row[] = [
  {
    title: 'a number',
    config: 7,
    problems: ['configuration: is a number; give an object'],
  },
  {
    title: 'a text without a scheme',
    config: 'agents.db',
    problems: [`url: has no known scheme; ${SCHEMES}`],
  },
  {
    title: 'a scheme that begins with something else than a letter',
    config: '1stub:a',
    problems: [`url: has no known scheme; ${SCHEMES}`],
  },
  {
    title: 'a URL that its backend cannot read',
    config: 'stub:',
    problems: ['url: names no file; write stub:path'],
  },
  {
    title: 'an unknown scheme in a named database',
    config: { databases: { vault: 'oracle:vault' } },
    problems: [`databases.vault.url: has no known scheme; ${SCHEMES}`],
  },
  {
    title: 'no databases',
    config: { routes: routesTo('main') },
    problems: [`databases: ${DATABASES}`],
  },
  {
    title: 'no databases, along with an unknown key',
    config: { colour: 1 },
    problems: [
      `databases: ${DATABASES}`,
      'colour: is not a field of configuration; the fields are databases, routes, migrate, tenants, retention, labels',
    ],
  },
  {
    title: 'an empty list of databases',
    config: { databases: {} },
    problems: [`databases: ${DATABASES}`],
  },
  {
    title: 'a database whose name could not be shown',
    config: { databases: { 'main database': 'stub:a' } },
    problems: ['databases: has a name with other characters than letters, digits, - and _; rename it'],
  },
  {
    title: 'an unknown key',
    config: { databases: { main: 'stub:a' }, colour: { traces: '90d' } },
    problems: [
      'colour: is not a field of configuration; the fields are databases, routes, migrate, tenants, retention, labels',
    ],
  },
  {
    title: 'an unknown key of a database',
    config: { databases: { main: { url: 'stub:a', poolSize: 4 } } },
    problems: ['databases.main.poolSize: is not a field of a database; the fields are url, pool, prefix'],
  },
  {
    title: 'a database without a URL',
    config: { databases: { main: { pool: 4 } } },
    problems: ['databases.main.url: is missing; give the URL of the database'],
  },
  {
    title: 'a pool that is not a count',
    config: { databases: { main: { url: 'stub:a', pool: 0 } } },
    problems: ['databases.main.pool: is a number below 1; give a whole number from 1 to 1000'],
  },
  {
    title: 'a prefix that no table can have',
    config: { databases: { main: { url: 'stub:a', prefix: 'Agents-' } } },
    problems: [
      'databases.main.prefix: cannot begin the name of a table; give 1 to 20 lower-case letters, digits and underscores, no digit first',
    ],
  },
  {
    title: 'a missing route among several databases',
    config: { databases: { a: 'stub:a', b: 'stub:b' }, routes: { traces: 'a', sessions: 'b', approvals: 'a' } },
    problems: ['routes.audit: is missing; name its database: the databases are a, b'],
  },
  {
    title: 'a route to a database that is not there',
    config: { databases: { main: 'stub:a' }, routes: routesTo('main', 'main', 'main', 'vault') },
    problems: ['routes.audit: names vault, which is not a database; the databases are main'],
  },
  {
    title: 'a route to something that could not be shown',
    config: { databases: { main: 'stub:a' }, routes: routesTo('main', 'main', 'main', 'stub:a') },
    problems: ['routes.audit: names something, which is not a database; the databases are main'],
  },
  {
    title: 'a route that is no text, once',
    config: { databases: { a: 'stub:a', b: 'stub:b' }, routes: { ...routesTo('a', 'b'), audit: 7 } },
    problems: ['routes.audit: is a number; give a text'],
  },
  {
    title: 'a route of a domain that is not there',
    config: { databases: { main: 'stub:a' }, routes: { events: 'main' } },
    problems: ['routes.events: is not a field of routes; the fields are traces, sessions, approvals, audit'],
  },
  {
    title: 'a database that no route uses',
    config: { databases: { main: 'stub:a', spare: 'stub:b' }, routes: routesTo('main') },
    problems: [
      'databases.spare: is used by no route; route one of traces, sessions, approvals, audit to it, or remove it',
    ],
  },
  {
    title: 'a database that no route uses, along with its URL',
    config: { databases: { main: 'stub:a', spare: 'stub:' }, routes: routesTo('main') },
    problems: [
      'databases.spare: is used by no route; route one of traces, sessions, approvals, audit to it, or remove it',
      'databases.spare.url: names no file; write stub:path',
    ],
  },
  {
    title: 'migrate that is neither true nor false',
    config: { databases: { main: 'stub:a' }, migrate: 'yes' },
    problems: ['migrate: is a string of 3 characters; give true or false'],
  },
  {
    title: 'a driver that is not installed',
    config: 'undriven:agents.db',
    problems: [
      'url: needs the package a-driver-that-is-not-there, which is not installed; run npm install a-driver-that-is-not-there',
    ],
  },
  {
    title: 'a backend that is not installed',
    config: 'gone:agents.db',
    problems: [
      'url: needs the package @freehold/not-there, which is not installed; run npm install @freehold/not-there its-driver',
    ],
  },
  {
    title: 'two pools for one database',
    config: {
      databases: { a: { url: 'stub:x', pool: 2 }, b: { url: 'stub:./x', pool: 4 } },
      routes: routesTo('a', 'b'),
    },
    problems: ['databases.b.pool: is not that of databases.a.pool, which is the same database; give both one size'],
  },
  {
    title: 'a database without a route that is right, along with the route',
    config: {
      databases: { a: 'stub:', b: 'oracle:b' },
      routes: { traecs: 'a', sessions: 'b', approvals: 'b', audit: 'b' },
    },
    problems: [
      'routes.traecs: is not a field of routes; the fields are traces, sessions, approvals, audit',
      'routes.traces: is missing; name its database: the databases are a, b',
      'databases.a.url: names no file; write stub:path',
      `databases.b.url: has no known scheme; ${SCHEMES}`,
    ],
  },
  {
    title: 'the URL and the pool of one database',
    config: { databases: { main: { url: 'oracle:b', pool: 0 } } },
    problems: [
      'databases.main.pool: is a number below 1; give a whole number from 1 to 1000',
      `databases.main.url: has no known scheme; ${SCHEMES}`,
    ],
  },
  {
    title: 'a URL with a NUL character',
    config: { databases: { main: 'stub:a\0' } },
    problems: ['databases.main.url: has a control character, such as a line break; take it out'],
  },
  {
    title: 'a URL with a lone surrogate',
    config: { databases: { main: 'stub:\ud800' } },
    problems: ['databases.main.url: has a lone surrogate; take it out'],
  },
  {
    title: 'a URL with white space at its end',
    config: 'stub:a ',
    problems: ['url: begins or ends with white space; take it out'],
  },
  {
    title: 'a URL with white space before its scheme',
    config: { databases: { main: ' stub:a' } },
    problems: ['databases.main.url: begins or ends with white space; take it out'],
  },
  {
    title: 'an empty URL',
    config: { databases: { main: { url: '' } } },
    problems: ['databases.main.url: is empty; give the URL of the database'],
  },
  {
    title: 'several problems at once',
    config: {
      databases: { main: { url: 'stub:a', pool: 'many' }, vault: 'oracle:vault' },
      routes: { traces: 'main', sessions: 'mian', audit: 'vault' },
      migrate: 1,
    },
    problems: [
      'databases.main.pool: is a string of 4 characters; give a whole number from 1 to 1000',
      'migrate: is a number; give true or false',
      'routes.sessions: names mian, which is not a database; the databases are main, vault',
      'routes.approvals: is missing; name its database: the databases are main, vault',
      `databases.vault.url: has no known scheme; ${SCHEMES}`,
    ],
  },
]

const STRANGE_KEY = 'has a key with other characters than letters, digits, - and _; remove it'

describe('a configuration is refused for', () => {
  for (const { title, config, problems } of ROWS)
    it(title, async () => {
      const refused = problemsOf(resolveConfig(config as StorageConfig, hostOf(new StubBackend())))
      expect((await refused).sort()).toEqual(problems.sort())
    })

  it.each([
    ['configuration', { databases: { main: 'stub:a' }, 'stub:b': 1 }],
    ['routes', { databases: { main: 'stub:a' }, routes: { ...routesTo('main'), 'stub:b': 'main' } }],
    ['databases.main', { databases: { main: { url: 'stub:a', 'stub:b': 1 } } }],
  ])('a key of %s that could not be shown', async (field, config) => {
    const refused = problemsOf(resolveConfig(config, hostOf(new StubBackend())))
    expect(await refused).toEqual([`${field}: ${STRANGE_KEY}`])
  })

  it.each([
    [null, 'configuration: is null; give an object'],
    [{ databases: null }, "databases: is null; give at least one, such as { main: '<url>' }"],
    [{ databases: { main: 'stub:a' }, routes: null }, 'routes: is null; leave it out'],
    [{ databases: { main: null } }, 'databases.main: is null; give an object'],
    [{ databases: { main: { url: null } } }, 'databases.main.url: is null; give the URL of the database'],
  ])('null in %j, told once', async (config, problem) => {
    const given = config as unknown as StorageConfig
    expect(await problemsOf(resolveConfig(given, hostOf(new StubBackend())))).toEqual([problem])
  })
})
