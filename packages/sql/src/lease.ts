import { type Domain, holding, holdingIfFree, LEASE, type Lease } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { leasesOf } from './migrations/index.js'
import { createTable } from './schema.js'

/** Runs `work` while no other process changes the schema of a domain. What it does may be repeated. */
export async function migrating<T>(db: Database, domain: Domain, work: (knex: Knex) => Promise<T>): Promise<T> {
  if (db.dialect.exclusive) return db.transaction(work)
  return holding(await leaseOf(db, domain, 'migrations'), () => db.read(work))
}

/** Runs `work` unless somebody else holds the lease of this domain and name: then it resolves to `null`. */
export async function ifLeaseIsFree<T>(
  db: Database,
  domain: Domain,
  name: string,
  work: () => Promise<T>,
): Promise<T | null> {
  return holdingIfFree(await leaseOf(db, domain, name), work)
}

/** The lease of a domain and name: see `holding` in the contract. It is a row. */
async function leaseOf(db: Database, domain: Domain, name: string): Promise<Lease> {
  const table = leasesOf(domain)
  // Where it is there, who may write rows may hold it: making what is there already takes the right to make tables.
  if (!(await db.read((knex) => db.has(knex, table.name))))
    await db.read((knex) => db.change(knex, createTable(db.dialect, db.prefix, table)))
  const held = (knex: Knex, holder: string) => knex(db.table(table.name)).where({ name, holder })
  return {
    take: (holder: string) => db.read((knex) => take(db, knex, table.name, { name, holder })),
    renew: async (holder: string) => held(db.knex, holder).update({ expires_at: await endOf(db, db.knex) } as never),
    giveBack: (holder: string) => db.read((knex) => held(knex, holder).delete()),
  }
}

/** Takes the lease if it is free or over. */
async function take(db: Database, knex: Knex, table: string, mine: { name: string; holder: string }): Promise<boolean> {
  const expires_at = await endOf(db, knex)
  if ((await db.insertNew(knex, table, [{ ...mine, expires_at }])) > 0) return true
  const taken: number = await knex(db.table(table))
    .where({ name: mine.name })
    .whereRaw(`expires_at <= ${db.dialect.now}`)
    .update({ holder: mine.holder, expires_at } as never)
  return taken > 0
}

/** When a lease ends that is taken or renewed now, by the database's clock. */
async function endOf(db: Database, knex: Knex): Promise<unknown> {
  return db.dialect.toTime((await db.now(knex)) + LEASE)
}
