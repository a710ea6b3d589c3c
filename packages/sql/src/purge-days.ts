import { type AcceptedPurge, dayOf } from '@freehold/contract'
import type { Database } from './database.js'
import { TABLES } from './migrations/index.js'
import { nextTenant } from './tenants.js'

/**
 * Drops the days of which nothing is kept by anybody's rule, where the engine can, and resolves to how many. What lists show of
 * their traces goes row by row then. Where this user may not change the schema, or somebody is in the way for long, their rows
 * go like others.
 */
export async function dropDays(db: Database, order: AcceptedPurge): Promise<number> {
  const { dialect, knex } = db
  const before = beforeAll(order)
  if (!dialect.capabilities.dropsDays || order.dryRun || before === 0 || (await isAnybodyHeld(db, order))) return 0
  const tables = [...TABLES].flatMap(([name, { partitionBy }]) => (partitionBy === undefined ? [] : [db.table(name)]))
  let dropped = 0
  try {
    for (const day of await dialect.daysBefore(knex, tables, dayOf(before))) {
      await dialect.dropDay(knex, tables, day)
      dropped += 1
    }
  } catch {
    // Their rows go one by one.
  }
  return dropped
}

/** What is before this is past its date, whoever's it is. */
function beforeAll({ rule, tenants }: AcceptedPurge): number {
  const dates = [rule, ...tenants.values()].map(({ before = 0, errorsBefore = before }) =>
    Math.min(before, errorsBefore),
  )
  return Math.min(...dates)
}

async function isAnybodyHeld(db: Database, { heldOf, mayHold }: AcceptedPurge): Promise<boolean> {
  if (!mayHold) return false
  let tenant = await nextTenant(db, 'traces', '')
  while (tenant !== undefined && (await heldOf(tenant)).size === 0) tenant = await nextTenant(db, 'traces', tenant)
  return tenant !== undefined
}
