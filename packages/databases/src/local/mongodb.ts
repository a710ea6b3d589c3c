import { documentdb } from './documentdb.js'
import { mongod } from './mongod.js'
import type { Recipe } from './recipe.js'

/** MongoDB where it can be had, else an engine that speaks its protocol. */
export async function mongodb(): Promise<Recipe> {
  return (await mongod()) ?? (await documentdb())
}
