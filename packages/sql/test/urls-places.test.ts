import { describe, expect, test } from 'vitest'
import { mysqlIdentity, mysqlPlace } from '../src/dialects/mysql-options.js'
import { postgresIdentity, postgresPlace } from '../src/dialects/postgres-options.js'
import { problemsOf as problemsOfMysql } from './urls-mysql.js'
import { problemsOf } from './urls-postgres.js'

describe('the place that a message names', () => {
  test.each([
    ['postgres://app:pw@db:6432/agents', 'db:6432'],
    ['postgres://db/agents', 'db:5432'],
    ['postgres://[::1]/agents', '[::1]:5432'],
    ['postgres:///agents?host=/run/a', '/run/a'],
  ])('of %s is %s', (url, place) => {
    expect(postgresPlace(url)).toBe(place)
  })

  test.each([
    ['mysql://app:pw@db:3307/agents', 'db:3307'],
    ['mysql://[::1]/agents', '[::1]:3306'],
    ['mysql:///agents?socket=/run/a', '/run/a'],
  ])('of %s is %s', (url, place) => {
    expect(mysqlPlace(url)).toBe(place)
  })
})

describe('the one text for all URLs of one database', () => {
  test.each([
    ['postgresql://app:pw@DB/agents', 'postgres://db:5432/agents'],
    ['postgres://db/agents?schema=a', 'postgres://db:5432/agents?schema=a'],
    ['postgres://db/agents?options=endpoint%3De', 'postgres://db:5432/agents?endpoint=e'],
    ['postgres://db/agents?schema=a&options=endpoint%3De', 'postgres://db:5432/agents?schema=a&endpoint=e'],
  ])('of %s is %s', (url, identity) => {
    expect(postgresIdentity(url)).toBe(identity)
  })

  test.each([
    ['mariadb://app:pw@DB/agents', 'mysql://db:3306/agents'],
    ['mysql://:1/agents?socket=/run/a', 'mysql:///run/a:/agents'],
  ])('of %s is %s', (url, identity) => {
    expect(mysqlIdentity(url)).toBe(identity)
  })
})

const PORT = 'has a port that is no number from 1 to 65535; correct it'
const UNREADABLE = expect.stringMatching(/^cannot be read; write scheme:/)

describe('a URL is refused:', () => {
  test.each([
    ['postgres://db:65536/agents', PORT],
    ['postgres://db:1e3/agents', PORT],
    ['postgres://db:+5432/agents', PORT],
    ['postgres://db:0x15/agents', PORT],
    ['postgres://db:005432/agents', PORT],
    ['postgres://db/agents ', 'begins or ends with white space; take it out'],
    ['postgres://%0A@db/agents', 'has a control character, such as a line break; take it out'],
    ['jdbc:postgres://db/agents', UNREADABLE],
    ['postgres://db/agents?ssl', 'has the option ssl, which must be true or false; or write sslmode'],
    [
      'postgres://db/agents?c=1',
      expect.stringMatching(/^has the option c, which is not taken; take it out, the options are sslmode, /),
    ],
  ])('%s', (url, message) => {
    expect(problemsOf(url)).toEqual([message])
  })
})

test('the last of the ports is one', () => {
  expect(postgresPlace('postgres://db:65535/agents')).toBe('db:65535')
})

test('no host is this machine, which has a name that a certificate may bear', () => {
  const tls = { rejectUnauthorized: true, verifyHost: true }
  const target = { host: 'localhost', port: 3306, database: 'agents', tls }
  expect(problemsOfMysql('mysql:///agents?ssl=true')).toEqual([JSON.stringify(target)])
})
