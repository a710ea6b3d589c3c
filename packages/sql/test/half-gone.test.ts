import { connect } from '@freehold/sql'
import { expect } from 'vitest'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'

describeEngines((it) => {
  it('taking the audit down that stopped after its first tables goes on where it stopped', async ({
    database,
    storage,
  }) => {
    const validate = (value: unknown) => ({ value })
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const
    await storage.audit.define({ name: 'refund', schema, columns: { amount: 'integer' } })
    await database.prompt.query('drop view freehold_shape_refund')
    await database.prompt.query('drop table freehold_audit_shapes')
    await storage.migrations.down('audit')
    await storage.migrations.up('audit')
    expect(await storage.audit.append([{ actor: 'ada', action: 'one' }])).toMatchObject([{ seq: 1 }])
  })

  it('a table that is gone is told, with what helps', async ({ database, storage }) => {
    await database.prompt.query('drop table freehold_runs')
    const { message, ...refused } = await refusal(connect({ url: database.url, schema: 'migrate' }))
    expect(refused).toEqual({ code: 'unsupported', retryable: false })
    expect(message).toMatch(
      /freehold_runs was made, and is gone; restore it from a copy, or lose the domain: migrations\.down\('sessions'\) and then up\(\) make it anew, empty$/,
    )
    await storage.migrations.down('sessions')
    await storage.migrations.up('sessions')
    expect(await refusal(connect({ url: database.url }))).toEqual({})
  })
})
