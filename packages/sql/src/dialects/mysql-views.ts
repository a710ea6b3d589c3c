import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `json_extract(\`${column}\`, '$."${property}"')`
  const text = `json_unquote(${value})`
  // What does not fit the type of its column reads as NULL, and spoils no other row.
  const when = (is: string, sql: string) => `case when json_type(${value}) in (${is}) then ${sql} end`
  const numeric = `'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'`
  const number = `cast(${text} as double)`
  const within = (least: number, most: number, sql: string) =>
    when(numeric, `case when ${number} between ${least} and ${most} then ${sql} end`)
  switch (type) {
    case 'json':
      return value
    case 'text':
      return `case json_type(${value}) when 'NULL' then null else ${text} end`
    case 'boolean':
      return when(`'BOOLEAN'`, `${text} = 'true'`)
    case 'timestamp':
      return within(0, MAX_TIMESTAMP, `timestampadd(microsecond, round(${text} * 1000), '1970-01-01')`)
    case 'integer':
      return within(
        Number.MIN_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER,
        `case when ${number} = floor(${number}) then cast(${number} as signed) end`,
      )
    default:
      return when(numeric, number)
  }
}
