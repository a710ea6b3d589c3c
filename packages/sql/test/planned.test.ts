import { EVERY_CALL, furnish } from '@freehold/conformance/suite'
import { DOMAINS, type Storage } from '@freehold/contract'
import { expect } from 'vitest'
import type { Database } from './engines.js'
import { describeEngines } from './on-engines.js'

async function plan(database: Database): Promise<string[]> {
  const storage = await database.connect({ schema: 'ignore' })
  const statements = await storage.migrations.plan()
  await storage.close()
  return statements
}

/** What somebody else does with the plan, by the driver itself. */
async function execute({ prompt }: Database, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await prompt.query(statement)
}

/** A call of every method, of what some of them leave to the others. */
async function works(storage: Storage): Promise<void> {
  await furnish(storage, 'us')
  for (const { name, on } of EVERY_CALL) if (name !== 'approvals.cancel') await on(storage)
  await storage.approvals.cancel('theirs', 'us')
}

describeEngines((it) => {
  it('a database that somebody else made from the plan opens, works, and has nothing left to plan', async ({
    database,
  }) => {
    await execute(database, await plan(database))
    const storage = await database.connect({ schema: 'check' })
    expect(await storage.migrations.plan()).toEqual([])
    expect(await storage.migrations.up()).toEqual([])
    await works(storage)
    await storage.close()
  })

  it('a plan may be executed twice, and half of it before the rest', async ({ database }) => {
    const statements = await plan(database)
    await execute(database, statements.slice(0, statements.length / 2))
    await expect(database.connect({ schema: 'check' })).rejects.toMatchObject({ code: 'unsupported' })
    await execute(database, await plan(database))
    // Columns that are there are not added again.
    await execute(
      database,
      statements.filter((statement) => !statement.includes(' add column ')),
    )
    const storage = await database.connect({ schema: 'check' })
    const status = await storage.migrations.status()
    await storage.close()
    expect(status.filter(({ state }) => state !== 'applied')).toEqual([])
    expect(new Set(status.map(({ domain }) => domain))).toEqual(new Set(DOMAINS))
  })

  it('what was made from the plan can be taken down and migrated', async ({ database }) => {
    await execute(database, await plan(database))
    const storage = await database.connect({ schema: 'check' })
    const made = await storage.migrations.status()
    for (const domain of DOMAINS) await storage.migrations.down(domain)
    expect(await storage.migrations.up()).toHaveLength(made.length)
    await furnish(storage, 'us')
    await storage.close()
  })
})
