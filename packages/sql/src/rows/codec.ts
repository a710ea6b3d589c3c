import type { FieldType, FieldTypes } from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'

/** Turns objects into rows and back. The column of a field is its name in snake_case. A field that is absent is NULL. */
export class Codec<T extends object> {
  readonly columns: readonly string[]
  private readonly fields: readonly { field: string; column: string; type: FieldType }[]

  constructor(types: FieldTypes<T>) {
    const entries = Object.entries(types) as [string, FieldType][]
    this.fields = entries.map(([field, type]) => ({ field, column: columnOf(field), type }))
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
      if (held !== null && held !== undefined) value[field] = decode(dialect, type, held)
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

function encode(dialect: Dialect, type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'time':
      return dialect.toTime(value as number)
    case 'json':
      return JSON.stringify(value)
    default:
      return value
  }
}

function decode(dialect: Dialect, type: FieldType, value: unknown): unknown {
  switch (type) {
    case 'time':
      return dialect.fromTime(value)
    case 'json':
      return dialect.fromJson(value)
    case 'integer':
      return dialect.fromInteger(value)
    default:
      return value
  }
}
