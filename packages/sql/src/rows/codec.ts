import type { FieldType, FieldTypes, Json, JsonObject } from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'

/** What is `flat` is copied where it was read before. */
type StoredType = FieldType | 'flat'

/** Turns objects into rows and back. The column of a field is its name in snake_case. A field that is absent is NULL. */
export class Codec<T extends object> {
  readonly columns: readonly string[]
  private readonly fields: readonly { field: string; column: string; type: StoredType }[]

  /** @param flat JSON of plain values in a list or an object, short and the same in many rows */
  constructor(types: FieldTypes<T>, flat: readonly (keyof T)[] = []) {
    const entries = Object.entries(types) as [keyof T & string, FieldType][]
    this.fields = entries.map(([field, type]) => ({
      field,
      column: columnOf(field),
      type: flat.includes(field) ? 'flat' : type,
    }))
    this.columns = this.fields.map(({ column }) => column)
  }

  toRow(dialect: Dialect, value: T): Row {
    const values: unknown[] = []
    this.addValues(dialect, value, values)
    return rowOf(this.columns, values)
  }

  /** Adds the values of {@link columns}, in their order. */
  addValues(dialect: Dialect, value: T, values: unknown[]): void {
    for (const { field, type } of this.fields) {
      const held = (value as Row)[field]
      values.push(held === undefined ? null : encode(dialect, type, held))
    }
  }

  /** Only the columns of fields that `value` has as own properties: what an UPDATE sets, `undefined` as NULL. */
  toPatch(dialect: Dialect, value: Partial<T>): Row {
    const row: Row = {}
    for (const { field, column, type } of this.fields) {
      if (!Object.hasOwn(value, field)) continue
      const held = (value as Row)[field]
      row[column] = held === undefined ? null : encode(dialect, type, held)
    }
    return row
  }

  fromRow(dialect: Dialect, row: Row): T {
    const value: Row = {}
    for (const { field, column, type } of this.fields) {
      const held = row[column]
      if (held !== null && held !== undefined) value[field] = type === 'plain' ? held : decode(dialect, type, held)
    }
    return value as T
  }
}

export function rowOf(columns: readonly string[], values: readonly unknown[]): Row {
  return Object.fromEntries(columns.map((column, i) => [column, values[i]]))
}

export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function encode(dialect: Dialect, type: StoredType, value: unknown): unknown {
  switch (type) {
    case 'time':
      return dialect.toTime(value as number)
    case 'json':
    case 'flat':
      return JSON.stringify(value)
    default:
      return value
  }
}

function decode(dialect: Dialect, type: StoredType, value: unknown): unknown {
  switch (type) {
    case 'time':
      return dialect.fromTime(value)
    case 'json':
      return dialect.fromJson(value)
    case 'flat':
      return flatJson(dialect, value)
    case 'integer':
      return dialect.fromInteger(value)
    default:
      return value
  }
}

/** What was read of late, by its text. */
const read = new Map<unknown, readonly Json[] | Readonly<JsonObject>>()
const [MOST_READ, SHORT] = [500, 200]

function flatJson(dialect: Dialect, text: unknown): Json {
  const known = read.get(text)
  if (known !== undefined) return copyOf(known)
  const value = dialect.fromJson(text)
  if (typeof text === 'string' && text.length <= SHORT && typeof value === 'object' && value !== null) {
    if (read.size === MOST_READ) read.clear()
    read.set(text, copyOf(value))
  }
  return value
}

function copyOf(value: readonly Json[] | Readonly<JsonObject>): Json[] | JsonObject {
  return Array.isArray(value) ? [...value] : { ...(value as JsonObject) }
}
