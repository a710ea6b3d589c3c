import { type KnownHeads, StoreError } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'

/** How often an append looks up which of its ids others took meanwhile. */
const MAX_ATTEMPTS = 5

/** Thrown in a transaction that found an id or a place taken: nothing of it stays. */
export class Taken extends Error {}

/** What is appended behind heads, each of which counts what stands before it. */
export interface Appending<H, T> {
  tenant: string
  /** Of the heads, in the order in which they are locked. */
  names: readonly string[]
  nameOf(head: H): string
  lock(trx: Knex): Promise<H[]>
  /** @throws Taken */
  append(trx: Knex, heads: readonly H[], known: ReadonlyMap<string, T>): Promise<Appended<H, T>>
  /** What is stored already under ids of what is to be appended. */
  known(): Promise<Map<string, T>>
}

export interface Appended<H, T> {
  stored: Map<string, T>
  /** The heads as they are then, by their names. */
  moved: ReadonlyMap<string, H>
}

/** Appends what has a free id, in one transaction, and resolves to all of it as it is stored, by id. */
export async function appendBehind<H, T>(
  db: Database,
  heads: KnownHeads<H>,
  { tenant, names, nameOf, lock, append, known }: Appending<H, T>,
): Promise<Map<string, T>> {
  // Most ids are free: only where one turns out not to be are those that are taken looked up.
  let stored: ReadonlyMap<string, T> = new Map()
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      const done = await db.transaction(async (trx) => {
        const taken = heads.take(tenant, names)
        const before = taken ?? (await lock(trx))
        return { before, taken: taken !== undefined, ...(await append(trx, before, stored)) }
      })
      const moves = done.before.map((before) => {
        return { name: nameOf(before), before, after: done.moved.get(nameOf(before))! }
      })
      heads.keep(tenant, moves, done.taken)
      return done.stored
    } catch (error) {
      if (!(error instanceof Taken)) throw error
      stored = await known()
    }
  }
  throw new StoreError('timeout', 'others kept appending the same ids; try again')
}
