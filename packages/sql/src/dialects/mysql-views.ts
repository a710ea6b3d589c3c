import type { ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `json_extract(\`${column}\`, '$."${property}"')`
  const text = `json_unquote(${value})`
  // What is of another type than its column reads as NULL, and spoils no other row.
  const when = (is: string, sql: string) => `case when json_type(${value}) in (${is}) then ${sql} end`
  const number = `'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'`
  switch (type) {
    case 'json':
      return value
    case 'text':
      return `case json_type(${value}) when 'NULL' then null else ${text} end`
    case 'boolean':
      return when(`'BOOLEAN'`, `${text} = 'true'`)
    case 'timestamp':
      return when(number, `timestampadd(microsecond, round(${text} * 1000), '1970-01-01')`)
    case 'integer':
      return when(number, `cast(${text} as signed)`)
    default:
      return when(number, `cast(${text} as double)`)
  }
}
