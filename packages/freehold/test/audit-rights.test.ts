import { describe, expect, it } from 'vitest'
import { auditRights } from '../src/index.js'

const at = (audit: string) => ({
  databases: { main: 'sqlite::memory:', vault: { url: audit, prefix: 'own_' } },
  routes: { traces: 'main', sessions: 'main', approvals: 'main', audit: 'vault' },
})

describe('auditRights', () => {
  it('is of the database that the audit is routed to, in its words', async () => {
    const statements = await auditRights({ user: 'app' }, at('postgres://owner@vault/audit'))
    expect(statements.filter((one) => /own_audit"/.test(one))).toEqual([
      'revoke all on table "own_audit" from public, "app"',
      'grant select, insert on table "own_audit" to "app"',
    ])
  })

  it.each<[string, string, string[]]>([
    ['app', 'mysql', ["grant insert, update /*!80017 (`tenant`) */ on `audit`.`own_audit` to 'app'@'%'"]],
    ['app', 'mariadb', ["grant insert, update /*!80017 (`tenant`) */ on `audit`.`own_audit` to 'app'@'%'"]],
    [
      "o'app@10.0.0.%",
      'mysql',
      ["grant insert, update /*!80017 (`tenant`) */ on `audit`.`own_audit` to 'o''app'@'10.0.0.%'"],
    ],
  ])('names %s as %s does', async (user, scheme, statements) => {
    const all = await auditRights({ user }, at(`${scheme}://owner@vault/audit`))
    expect(all.filter((one) => /own_audit`/.test(one))).toEqual(statements)
    expect(all[1]).toMatch(/^revoke all privileges on `audit`\.\* from '/)
  })

  it('is a role where users have no rights of their own', async () => {
    const [statement] = await auditRights({ user: 'app' }, at('mongodb://vault/audit'))
    expect(statement).toContain('{"resource":{"db":"audit","collection":"own_audit"},"actions":["find","insert"]}')
  })

  it.each<[string, string, string]>([
    ['sqlite::memory:', 'app', 'unsupported'],
    ['postgres://owner@vault/audit', '', 'invalid'],
  ])('of %s for %j is refused', async (url, user, code) => {
    await expect(auditRights({ user }, at(url))).rejects.toMatchObject({ code })
  })
})
