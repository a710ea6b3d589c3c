import { expect } from 'vitest'
import { describeEngines } from './on-engines.js'
import { restrictedUser } from './restricted-user.js'

const ENTRY = [{ actor: 'ada', action: 'refund.approved' }]

describeEngines((it, { family }) => {
  it('the database itself refuses to change an audit entry', async ({ database, storage }) => {
    await storage.audit.append(ENTRY)
    await expect(database.prompt.query(`update freehold_audit set actor = 'eve'`)).rejects.toThrow(/never changed/)
  })

  it('the database itself refuses to delete an audit entry', async ({ database, storage }) => {
    await storage.audit.append(ENTRY)
    await expect(database.prompt.query('delete from freehold_audit')).rejects.toThrow(/never changed/)
  })

  // MySQL and MariaDB have no trigger for TRUNCATE: it takes the right to drop the table, and verify finds it.
  it.skipIf(family !== 'postgres')('TRUNCATE is refused', async ({ database, storage }) => {
    await storage.audit.append(ENTRY)
    await expect(database.prompt.query('truncate freehold_audit')).rejects.toThrow(/never changed/)
  })

  it.skipIf(family === 'postgres')('REPLACE leaves an entry as it is', async ({ database, storage }) => {
    await storage.audit.append(ENTRY)
    const before = await database.prompt.query('select * from freehold_audit')
    const replace = `replace into freehold_audit select * from freehold_audit`
    // SQLite ignores it without a word, MySQL refuses it.
    await database.prompt.query(replace).catch(() => undefined)
    expect(await database.prompt.query('select * from freehold_audit')).toEqual(before)
  })

  it('a database that refuses it says so', async ({ database, storage: _ }) => {
    const later = await database.connect({ schema: 'check' })
    const { auditImmutable } = later.capabilities.audit
    await later.close()
    expect(auditImmutable).toBe(true)
  })

  it('one whose triggers are gone does not say that it refuses', async ({ database, storage: _ }) => {
    for (const statement of database.prompt.dropTriggers) await database.prompt.query(statement)
    const later = await database.connect()
    const { auditImmutable } = later.capabilities.audit
    await later.close()
    expect(auditImmutable).toBe(false)
  })

  it.skipIf(family !== 'postgres')('nor one whose triggers are disabled', async ({ database, storage: _ }) => {
    await database.prompt.query('alter table freehold_audit disable trigger all')
    const later = await database.connect()
    const { auditImmutable } = later.capabilities.audit
    await later.close()
    expect(auditImmutable).toBe(false)
  })

  it.skipIf(family !== 'mysql')(
    'a user that may not see the triggers is not told that they are gone',
    async ({ database, storage: _ }) => {
      const { url, drop } = await restrictedUser(database, family)
      const later = await database.connect({ url, schema: 'check' })
      const { auditImmutable } = later.capabilities.audit
      await later.close()
      await drop()
      expect(auditImmutable).toBe(true)
    },
  )

  it('an insert that updates what it finds is refused or leaves the entry', async ({ database, storage }) => {
    await storage.audit.append(ENTRY)
    const take = family === 'mysql' ? `on duplicate key update actor = 'eve'` : `on conflict do nothing`
    const sql = `insert into freehold_audit select * from freehold_audit where true ${take}`
    await database.prompt.query(sql).catch(() => undefined)
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
  })
})
