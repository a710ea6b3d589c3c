import type { ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `"${column}" -> '${property}'`
  const text = `"${column}" ->> '${property}'`
  // What is of another type than its column reads as NULL, and spoils no other row.
  const when = (is: string, sql: string) => `case jsonb_typeof(${value}) when '${is}' then ${sql} end`
  switch (type) {
    case 'json':
      return value
    case 'text':
      return text
    case 'boolean':
      return when('boolean', `(${text})::boolean`)
    case 'timestamp':
      return when('number', `to_timestamp((${text})::numeric / 1000)`)
    default:
      return when('number', `(${text})::numeric`)
  }
}
