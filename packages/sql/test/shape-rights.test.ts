import type { Shape } from '@freehold/contract'
import { expect } from 'vitest'
import { type Database, SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'
import { restrictedUser } from './restricted-user.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }
const shape: Shape = { name: 'refund', schema, columns: { amount: 'number' } }

describeEngines((it, { family }) => {
  /** Defines a shape for a tenant as a user who may only write rows, and tells how that ended. */
  async function defineAsUser(database: Database, tenant: string): Promise<unknown> {
    const user = await restrictedUser(database, family)
    const app = await database.connect({ url: user.url, schema: 'check' })
    const ended = await app
      .tenant(tenant)
      .audit.define(shape)
      .then(
        () => 'defined',
        (error) => error,
      )
    await app.close()
    await user.drop()
    return ended
  }

  it('a shape whose view is there is defined by a user who may only write rows', async ({ database, storage }) => {
    await storage.tenant('acme').audit.define(shape)
    expect(await defineAsUser(database, 'other')).toBe('defined')
    const changed = storage.tenant('acme').audit.define({ ...shape, columns: { amount: 'text' } })
    await expect(changed).rejects.toMatchObject({ code: 'conflict' })
  })

  it('a shape whose view is not there is refused to such a user, who hears who must make it', async ({
    database,
    storage,
  }) => {
    const error = await defineAsUser(database, 'other')
    expect(error).toMatchObject({
      code: 'unsupported',
      retryable: false,
      message: expect.stringMatching(/shape refund .* as the user who migrates/),
    })
    await storage.tenant('acme').audit.define({ ...shape, columns: { amount: 'text' } })
  })
}, SERVERS)
