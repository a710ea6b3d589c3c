import { toMicroseconds } from '@freehold/contract'
import type { Collection, Db, Document } from 'mongodb'

export const TENANT = 'default'

export interface Key {
  tenant: string
  id?: string
  traceId?: string
  spanId?: string
  name?: string
  stream?: string
}

/** The natural key, and the fields. */
export interface Stored {
  _id: Key
  [field: string]: unknown
}

/** Documents of one command of a large load. */
export const LOAD = 500

export function collectionOf(db: Db, name: string): Collection<Stored> {
  return db.collection(`freehold_${name}`)
}

/** A date to the millisecond, and the microseconds beyond beside it. */
export function timeOf(field: string, at: number): Document {
  const millis = Math.floor(at)
  return { [field]: new Date(millis), [`${field}Us`]: toMicroseconds(at) - millis * 1000 }
}
