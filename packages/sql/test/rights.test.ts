import { EVERY_CALL, furnish } from '@freehold/conformance/suite'
import type { Shape, Storage } from '@freehold/contract'
import { auditRights } from '@freehold/sql'
import { expect } from 'vitest'
import { type Database, POSTGRES_15, POSTGRES_18, SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { newName } from './servers.js'
import { newUsers, type Users } from './users.js'

const shapeOf = (name: string): Shape => ({
  name,
  schema: { '~standard': { version: 1, vendor: 'freehold', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
})

const READS = /\.(get|span|outline|find|spans|toolStats|list|run|runs|count|queue|events|read|head|records|verify)$/

/** What went wrong with each of these calls. Those that write have a tenant each, who has a row of each sort. */
async function failuresOf(storage: Storage, calls: typeof EVERY_CALL, furnisher = storage): Promise<object> {
  const failures: Record<string, unknown> = {}
  const furnished = new Set<string>()
  for (const { name, on } of calls) {
    const tenant = READS.test(name) ? 'reads' : name
    if (!furnished.has(tenant)) await furnish(furnisher.tenant(tenant), 'us')
    furnished.add(tenant)
    await on(storage.tenant(tenant)).catch((error: unknown) => Object.assign(failures, { [name]: error }))
  }
  return failures
}

describeEngines((it, engine) => {
  const { kind, family } = engine as ServerEngine

  /** A database that its owner migrated, and where the others have their rights. */
  async function withUsers(database: Database, act: (users: Users) => Promise<void>): Promise<void> {
    const users = await newUsers(database, family)
    try {
      await users.grant(`${family}-owner`)
      const owner = await database.connect({ url: users.urls.owner })
      for (const name of ['anything', 'refund']) await owner.audit.define(shapeOf(name))
      await owner.close()
      await users.grant(`${family}-others`, family === 'postgres' ? kind.prompt(users.urls.owner) : undefined)
      await act(users)
    } finally {
      await users.drop()
    }
  }

  it('the app does everything with rows alone, once its owner has migrated', async ({ database }) => {
    await withUsers(database, async ({ urls, grant }) => {
      if (family === 'postgres') await grant('postgres-stricter', kind.prompt(urls.owner))
      const app = await database.connect({ url: urls.app, schema: 'migrate' })
      expect(await app.migrations.plan()).toEqual([])
      expect(await failuresOf(app, EVERY_CALL)).toEqual({})
      await app.close()
    })
  })

  // Each of the servers is reached by URLs of either scheme.
  const schemes = family === 'mysql' ? (['mysql:', 'mariadb:'] as const) : (['postgres:'] as const)
  it.for(schemes)('whom auditRights of %s limits does everything but change an entry', async (scheme, { database }) => {
    await withUsers(database, async ({ urls }) => {
      const admin = family === 'postgres' ? kind.prompt(urls.owner) : database.prompt
      const user = decodeURIComponent(new URL(urls.app).username)
      const isMariadb = engine.name === 'MariaDB'
      const url = urls.app.replace(/^(postgres|mysql):/, scheme)
      for (const statement of auditRights({ url, user })) await admin.query(statement)
      const app = await database.connect({ url: urls.app, schema: 'check' })
      expect(await failuresOf(app, EVERY_CALL)).toEqual({})
      await app.close()
      const prompt = kind.prompt(urls.app)
      await expect(prompt.query(database.prompt.dropTriggers[0]!)).rejects.toThrow(/denied|must be owner/)
      // MariaDB has to leave it the right to update, which only the triggers refuse.
      if (!isMariadb) for (const statement of database.prompt.dropTriggers) await database.prompt.query(statement)
      for (const sql of [
        `update freehold_audit set actor = 'eve'`,
        'delete from freehold_audit',
        'truncate freehold_audit',
        'delete from freehold_audit_heads',
        'delete from freehold_audit_migrations',
        'drop table freehold_audit',
      ])
        await expect(prompt.query(sql), sql).rejects.toThrow(
          isMariadb ? /denied|never changed/ : /denied|must be owner/,
        )
    })
  })

  it('the reader reads everything, and is refused what it may not', async ({ database }) => {
    await withUsers(database, async ({ urls }) => {
      const app = await database.connect({ url: urls.app, schema: 'check' })
      const reader = await database.connect({ url: urls.reader, schema: 'check' })
      const reads = EVERY_CALL.filter(({ name }) => READS.test(name))
      expect(await failuresOf(reader, reads, app)).toEqual({})
      const writing = reader.sessions.save({ id: 'session', type: 'agent', name: 'changed' })
      await expect(writing).rejects.toMatchObject({ code: 'unavailable', retryable: false })
      await expect(reader.migrations.down('sessions')).rejects.toMatchObject({ code: 'unavailable', retryable: false })
      await Promise.all([app.close(), reader.close()])
    })
  })

  it('the auditor reads and verifies the audit and its views, and nothing else', async ({ database }) => {
    await withUsers(database, async ({ urls }) => {
      const app = await database.connect({ url: urls.app, schema: 'check' })
      await app.audit.define(shapeOf('refund'))
      await app.audit.append([{ actor: 'app', action: 'refunded', shape: 'refund', data: { colour: 'red' } }])
      await app.close()
      const auditor = await database.connect({ url: urls.auditor, schema: 'check', domains: ['audit'] })
      expect(await auditor.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
      expect((await auditor.audit.read()).items).toHaveLength(1)
      await auditor.close()
      const prompt = kind.prompt(urls.auditor)
      expect(await prompt.query('select colour from freehold_audit_refund')).toMatchObject([{ colour: 'red' }])
      await expect(prompt.query('select * from freehold_sessions')).rejects.toThrow(/denied/)
      await expect(database.connect({ url: urls.auditor, schema: 'check' })).rejects.toMatchObject({
        name: 'StoreError',
      })
    })
  })

  const COLUMNS: readonly (readonly [string, Shape['columns']])[] = [
    ['more', { colour: 'text', size: 'number' }],
    ['other', { size: 'number' }],
  ]
  it.for(COLUMNS)(
    'whoever reads a view reads it still when its shape has %s columns',
    async ([, columns], { database }) => {
      await withUsers(database, async ({ urls }) => {
        const owner = await database.connect({ url: urls.owner })
        await owner.audit.define({ ...shapeOf('refund'), columns })
        await owner.audit.append([{ actor: 'app', action: 'refunded', shape: 'refund', data: { size: 3 } }])
        await owner.close()
        for (const url of [urls.auditor, urls.reader, urls.app, urls.owner])
          expect(await kind.prompt(url).query('select size from freehold_audit_refund')).toMatchObject([{ size: 3 }])
        const writing = kind.prompt(urls.auditor).query('delete from freehold_audit_refund')
        await expect(writing).rejects.toThrow(/denied/)
      })
    },
  )
}, SERVERS)

describeEngines(
  (it) => {
    it('a view that is made anew has the rights of the old one, and no others', async ({ database, storage }) => {
      const { prompt } = database
      const [one, two, three] = [newName(), newName(), newName()]
      for (const role of [one, two, three]) await prompt.query(`create role ${role}`)
      try {
        await storage.audit.define(shapeOf('refund'))
        await prompt.query(`grant select on freehold_audit_refund to ${one} with grant option`)
        await prompt.query(`grant select (actor, colour) on freehold_audit_refund to ${two}`)
        await prompt.query(`grant select on freehold_audit_refund to public`)
        await prompt.query(`alter view freehold_audit_refund owner to ${three}`)
        await prompt.query(`alter default privileges grant delete on tables to ${two}`)
        await storage.audit.define({ ...shapeOf('refund'), columns: { size: 'number' } })
        const rights = `select relacl::text as of_view, relowner::regrole::text as owner, array_to_string(array(
            select attname || attacl::text from pg_attribute where attrelid = c.oid and attacl is not null), ' ') as of_columns
          from pg_class c where oid = 'freehold_audit_refund'::regclass`
        const [{ of_view, owner, of_columns } = {}] = await prompt.query(rights)
        const of = (acl: unknown, role: string) => new RegExp(`[{,]${role}=([^/]*)/${three}[,}]`).exec(String(acl))?.[1]
        expect({ owner, one: of(of_view, one), two: of(of_view, two), all: of(of_view, '') }).toEqual({
          owner: three,
          one: 'r*',
          two: undefined,
          all: 'r',
        })
        expect(of_columns).toBe(`actor{${two}=r/${three}}`)
      } finally {
        for (const role of [one, two, three])
          for (const drop of ['owned by', 'role']) await prompt.query(`drop ${drop} ${role}`)
      }
    })
  },
  [POSTGRES_18, POSTGRES_15],
)
