import type { ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const path = `'$."${property}"'`
  const value = `json_extract("${column}", ${path})`
  // What is of another type than its column reads as NULL.
  const when = (is: string, sql: string) => `case when json_type("${column}", ${path}) in (${is}) then ${sql} end`
  const number = `'integer', 'real'`
  const micros = `cast(round(${value} * 1000) as integer)`
  switch (type) {
    case 'json':
      return `"${column}" -> ${path}`
    case 'text':
      return value
    case 'boolean':
      return when(`'true', 'false'`, value)
    case 'timestamp': {
      const seconds = `strftime('%Y-%m-%dT%H:%M:%S', ${micros} / 1000000, 'unixepoch')`
      return when(number, `${seconds} || printf('.%06dZ', ${micros} % 1000000)`)
    }
    case 'integer':
      return when(number, `cast(${value} as integer)`)
    default:
      return when(number, value)
  }
}
