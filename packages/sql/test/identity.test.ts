import { connect, identityOf } from '@freehold/sql'
import { describe, expect, test } from 'vitest'

/** Ways of writing one place. */
const SAME: [string, string][] = [
  ['postgres://db/agents', 'postgresql://app:secret@DB:5432/agents'],
  ['postgres://db/agents', 'postgres://other/agents?host=db'],
  ['postgres://db:6432/agents', 'postgres://db/agents?port=6432'],
  ['postgres:///agents?host=/sock/a', 'postgres://%2Fsock%2Fa/agents'],
  ['postgres://db/agents', 'postgres://db/agents?application_name=worker&sslmode=disable'],
  ['mysql://db/agents', 'mariadb://app:secret@DB:3306/agents'],
  ['mysql://db/agents', 'mysql://db/agents?host=other&port=1&database=other'],
  ['mysql://db/agents?socketPath=/sock/a', 'mysql://other:1/agents?socketPath=/sock/a'],
]

/** Places that look alike. */
const DIFFERENT: [string, string][] = [
  ['postgres:///agents?host=/sock/a', 'postgres:///agents?host=/sock/b'],
  ['postgres:///agents?host=/sock/a', 'postgres:///agents?host=/sock/A'],
  ['postgres://db/agents', 'postgres://db/agents?host=other'],
  ['postgres://db/agents', 'postgres://db/agents?port=6432'],
  ['postgres://db/agents', 'postgres://db/agents?options=-c%20search_path%3Dvault'],
  ['postgres://db/agents', 'postgres://db/Agents'],
  ['mysql://db/agents?socketPath=/sock/a', 'mysql://db/agents?socketPath=/sock/b'],
  ['mysql://db/agents', 'mysql://db/agents?socketPath=/sock/a'],
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

test('two databases in memory are two', () => {
  expect(identityOf('sqlite::memory:')).not.toBe(identityOf('sqlite::memory:'))
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
