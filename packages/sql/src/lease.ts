import { setTimeout as sleep } from 'node:timers/promises'
import { type Domain, newId, StoreError } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { leasesOf } from './migrations/index.js'
import { createTable } from './schema.js'

/** How long a lease outlives the last sign of life of its holder, and how often that gives one, in milliseconds. */
const LEASE = 15_000
const RENEWAL = LEASE / 3
/** How often somebody who waits looks again, and for how long. */
const POLL = 100
const PATIENCE = 600_000

/** One of the leases of a domain. */
interface Lease {
  table: string
  name: string
  holder: string
}

/**
 * Runs `work` while nobody else holds the lease of this domain and name, over all processes. It is a row with an end,
 * judged by the database's clock: a holder that dies blocks the next for 15 seconds at most.
 * @throws StoreError `timeout` when others held it for ten minutes
 */
export async function withLease<T>(
  db: Database,
  domain: Domain,
  name: string,
  work: (knex: Knex) => Promise<T>,
): Promise<T> {
  const table = leasesOf(domain)
  const lease = { table: table.name, name, holder: newId() }
  for (const statement of createTable(db.dialect, db.prefix, table)) await db.read((knex) => knex.raw(statement))
  await waitFor(() => db.read((knex) => take(db, knex, lease)))
  // A renewal that fails is made up for by the next, or the lease ends.
  const renewal = setInterval(() => void renew(db, db.knex, lease).catch(() => undefined), RENEWAL)
  try {
    return await work(db.knex)
  } finally {
    clearInterval(renewal)
    await db.read((knex) => held(db, knex, lease).delete())
  }
}

async function waitFor(taken: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (!(await taken())) {
    if (Date.now() > deadline)
      throw new StoreError('timeout', 'another process has been changing the schema for ten minutes; see what it does')
    await sleep(POLL * (0.5 + Math.random()))
  }
}

/** Takes the lease if it is free or over. */
async function take(db: Database, knex: Knex, { table, name, holder }: Lease): Promise<boolean> {
  const expires_at = await end(db, knex)
  if ((await db.insertNew(knex, table, [{ name, holder, expires_at }])) > 0) return true
  const taken: number = await knex(db.table(table))
    .where({ name })
    .whereRaw(`expires_at <= ${db.dialect.now}`)
    .update({ holder, expires_at } as never)
  return taken > 0
}

/** Only what is still held: a renewal that comes late must not take a lease that was given back. */
async function renew(db: Database, knex: Knex, lease: Lease): Promise<void> {
  await held(db, knex, lease).update({ expires_at: await end(db, knex) } as never)
}

function held(db: Database, knex: Knex, { table, name, holder }: Lease): Knex.QueryBuilder {
  return knex(db.table(table)).where({ name, holder })
}

async function end(db: Database, knex: Knex): Promise<unknown> {
  return db.dialect.toTime((await db.now(knex)) + LEASE)
}
