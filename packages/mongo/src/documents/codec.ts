import {
  changedByOthers,
  type FieldType,
  type FieldTypes,
  fromMicroseconds,
  type Timestamp,
  toMicroseconds,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Key, Row } from '../database.js'
import { decodeJson, encodeJson } from './json.js'

/**
 * Turns objects into documents and back, under the names of their fields. A field that is absent is absent. A time is the
 * database's own date, to the millisecond, and beside it under `<field>Us` the microseconds beyond.
 */
export class Codec<T extends object> {
  /** What a query reads: these fields and no others. */
  readonly projection: Record<string, 1>
  private readonly fields: readonly { field: string; type: StoredType }[]

  /** @param key the fields that name the document within its tenant: they stand in its `_id` */
  constructor(types: FieldTypes<T>, key: readonly (keyof T)[] = ['id' as keyof T]) {
    const entries = Object.entries(types) as [keyof T & string, FieldType][]
    this.fields = entries.map(([field, type]) => ({ field, type: key.includes(field) ? 'key' : type }))
    const stored = this.fields.flatMap(({ field, type }) => (type === 'key' ? [] : namesOf(field, type)))
    this.projection = Object.fromEntries(['_id', ...stored].map((name) => [name, 1]))
  }

  /** The parts of the key stand in the order of the fields, with the tenant in front. */
  toRow(tenant: string, value: T): Row {
    const key: Record<string, string> & { tenant: string } = { tenant }
    const row: Row = { _id: key }
    for (const { field, type } of this.fields) {
      const held = (value as Document)[field]
      if (held === undefined) continue
      if (type === 'key') key[field] = held
      else encodeInto(row, field, type, held)
    }
    return row
  }

  /** What an update does with the fields that `value` has as own properties: sets them, or removes those `undefined`. */
  toPatch(value: Partial<T>): Patch {
    const $set: Document = {}
    const $unset: Document = {}
    for (const { field, type } of this.fields) {
      if (type === 'key' || !Object.hasOwn(value, field)) continue
      const held = (value as Document)[field]
      if (held !== undefined) encodeInto($set, field, type, held)
      else for (const name of namesOf(field, type)) $unset[name] = ''
    }
    return { $set, ...(Object.keys($unset).length === 0 ? {} : { $unset }) }
  }

  /** An update that makes a document what `value` is, whatever it was before. */
  toUpdate(value: T): Patch {
    const whole = Object.fromEntries(this.fields.map(({ field }) => [field, (value as Document)[field]]))
    return this.toPatch(whole as Partial<T>)
  }

  fromRow(row: Row): T {
    const value: Document = {}
    for (const { field, type } of this.fields) {
      const held = type === 'key' ? (row._id as Key)[field] : row[field]
      if (held !== undefined && (held !== null || type === 'json')) value[field] = decode(row, field, type, held)
    }
    return value as T
  }
}

type StoredType = FieldType | 'key'

export interface Patch {
  $set: Document
  $unset?: Document
}

/** Where the microseconds beyond the millisecond stand. */
export function restOf(field: string): string {
  return `${field}Us`
}

export function encodeTime(field: string, at: Timestamp): Record<string, Date | number> {
  const micros = toMicroseconds(at)
  const millis = Math.floor(micros / 1000)
  return { [field]: new Date(millis), [restOf(field)]: micros - millis * 1000 }
}

export function decodeTime(row: Document, field: string): Timestamp {
  if (!(row[field] instanceof Date)) throw changedByOthers('a time')
  return fromMicroseconds(row[field].getTime() * 1000 + ((row[restOf(field)] as number | undefined) ?? 0))
}

/** An expression for a time in microseconds since 1970. */
export function microsOf(field: string): Document {
  return { $add: [{ $multiply: [{ $toLong: `$${field}` }, 1000] }, `$${restOf(field)}`] }
}

function namesOf(field: string, type: StoredType): string[] {
  return type === 'time' ? [field, restOf(field)] : [field]
}

function encodeInto(row: Document, field: string, type: StoredType, value: unknown): void {
  if (type === 'time') Object.assign(row, encodeTime(field, value as Timestamp))
  else row[field] = type === 'json' ? encodeJson(value) : value
}

function decode(row: Row, field: string, type: StoredType, value: unknown): unknown {
  if (type === 'time') return decodeTime(row, field)
  return type === 'json' ? decodeJson(value) : value
}
