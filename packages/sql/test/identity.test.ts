import { connect, identityOf } from '@freehold/sql'
import { describe, expect, test } from 'vitest'

/** Ways of writing one place. */
const SAME: [string, string][] = [
  ['postgres://db/agents', 'postgresql://app:secret@DB:5432/agents'],
  ['postgres://db/agents', 'postgres:///agents?host=db'],
  ['postgres://db/agents', 'POSTGRES://db/agents'],
  ['postgres:///agents?host=/sock/a', 'postgres://u:p@localhost/agents?host=/sock/a'],
  ['postgres://db/agents?schema=vault', 'postgres://db/agents?options=-c%20search_path%3Dvault'],
  ['postgres://db:6432/agents', 'postgres://db/agents?port=6432'],
  ['postgres:///agents?host=/sock/a', 'postgres://%2Fsock%2Fa/agents'],
  ['postgres://db/agents', 'postgres://db/agents?application_name=worker&sslmode=disable'],
  ['mysql://db/agents', 'mariadb://app:secret@DB:3306/agents'],
  ['mysql://db/agents', 'mysql://db/agents?ssl-mode=REQUIRED'],
  ['mysql:///agents?socketPath=/sock/a', 'mysql://localhost:1/agents?socket=/sock/a'],
  ['postgres:///agents?host=/sock/a', 'postgres:///agents?host=/sock//a/'],
  ['mysql:///agents?socketPath=/sock/a', 'mysql:///agents?socketPath=/sock/./a'],
  ['postgres://[::1]/agents', 'postgres://[0:0:0:0:0:0:0:1]/agents'],
  ['mysql://[2001:db8::7]/agents', 'mysql://[2001:0DB8:0::7]/agents'],
  ['postgres://db.example/agents', 'postgres://db.example./agents'],
  ['sqlite:/a/agents.db', 'sqlite:///a/agents.db'],
]

/** Places that look alike. */
const DIFFERENT: [string, string][] = [
  ['postgres:///agents?host=/sock/a', 'postgres:///agents?host=/sock/b'],
  ['postgres:///agents?host=/sock/a', 'postgres:///agents?host=/sock/A'],
  ['postgres://[::1]/agents', 'postgres://[::2]/agents'],
  ['postgres://db/agents', 'postgres:///agents?host=other'],
  ['postgres://db/agents', 'postgres://db/agents?port=6432'],
  ['postgres://db/agents', 'postgres://db/agents?options=-c%20search_path%3Dvault'],
  ['postgres://db/agents', 'postgres://db/Agents'],
  ['postgres://db/agents', 'postgres://db/agents?schema=app_a'],
  ['postgres://db/agents?schema=app_b', 'postgres://db/agents?schema=app_a'],
  ['mysql:///agents?socketPath=/sock/a', 'mysql:///agents?socketPath=/sock/b'],
  ['mysql:///agents', 'mysql:///agents?socketPath=/sock/a'],
  ['mysql://db/agents', 'mysql://db:3307/agents'],
]

describe('the identity is the same for', () => {
  for (const [one, other] of SAME)
    test(`${one} and ${other}`, () => {
      expect(identityOf(other)).toBe(identityOf(one))
    })
})

describe('the identity is not the same for', () => {
  for (const [one, other] of DIFFERENT)
    test(`${one} and ${other}`, () => {
      expect(identityOf(other)).not.toBe(identityOf(one))
    })
})

for (const url of ['sqlite::memory:', 'sqlite://:memory:', 'sqlite:///:memory:'])
  test(`two databases in memory are two, as ${url}`, () => {
    expect(identityOf(url)).not.toBe(identityOf(url))
  })

test('no environment variable changes where a URL leads', () => {
  const before = { ...process.env }
  Object.assign(process.env, { PGHOST: 'other', PGPORT: '1', PGDATABASE: 'other', PGSSLMODE: 'prefer' })
  const identity = identityOf('postgres:///agents')
  for (const name of ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGSSLMODE'])
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  expect(identity).toBe('postgres://localhost:5432/agents')
})

test('a database in memory is not shared between processes', async () => {
  const storage = await connect({ url: 'sqlite::memory:', schema: 'migrate' })
  const { sharedBetweenProcesses } = storage.capabilities.traces
  await storage.close()
  expect(sharedBetweenProcesses).toBe(false)
})

for (const scheme of ['postgres', 'mysql'])
  test(`a database name of ${scheme} with a broken % sequence is refused as invalid`, async () => {
    const url = `${scheme}://app:secret@127.0.0.1/agents%zz`
    const message = 'has a broken % sequence; encode special characters anew, % itself as %25'
    const refused = expect.objectContaining({ code: 'invalid', problems: [{ field: 'url', message }] })
    expect(() => identityOf(url)).toThrow(refused)
    await expect(connect({ url })).rejects.toEqual(refused)
  })

for (const url of [
  'sqlite:a.db\n',
  'postgres://app:pw@db/agents\n',
  'mysql://app:pw@db/agents\n',
  '\tpostgres://db/agents',
])
  test(`${JSON.stringify(url)} is refused, whoever is asked`, async () => {
    const message = 'has a control character, such as a line break; take it out'
    const refused = expect.objectContaining({ code: 'invalid', problems: [{ field: 'url', message }] })
    expect(() => identityOf(url)).toThrow(refused)
    await expect(connect({ url })).rejects.toEqual(refused)
  })
