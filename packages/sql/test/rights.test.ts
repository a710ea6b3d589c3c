import { EVERY_CALL, furnish } from '@freehold/conformance/suite'
import type { Shape, Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { type Database, SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { newUsers, type Users } from './users.js'

const shapeOf = (name: string): Shape => ({
  name,
  schema: { '~standard': { version: 1, vendor: 'freehold', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
})

const READS = /\.(get|find|spans|toolStats|list|run|runs|count|queue|events|read|head|verify)$/

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
      expect(await prompt.query('select colour from freehold_shape_refund')).toMatchObject([{ colour: 'red' }])
      await expect(prompt.query('select * from freehold_sessions')).rejects.toThrow(/denied/)
      await expect(database.connect({ url: urls.auditor, schema: 'check' })).rejects.toMatchObject({
        name: 'StoreError',
      })
    })
  })
}, SERVERS)
