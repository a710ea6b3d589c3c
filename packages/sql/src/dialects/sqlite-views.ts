import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const path = `'$."${property}"'`
  const value = `json_extract("${column}", ${path})`
  // What does not fit the type of its column reads as NULL.
  const when = (is: string, sql: string) => `case when json_type("${column}", ${path}) in (${is}) then ${sql} end`
  const numeric = `'integer', 'real'`
  const within = (least: number, most: number, sql: string) =>
    when(numeric, `case when ${value} between ${least} and ${most} then ${sql} end`)
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
      return within(0, MAX_TIMESTAMP, `${seconds} || printf('.%06dZ', ${micros} % 1000000)`)
    }
    case 'integer':
      return within(
        Number.MIN_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER,
        `case when ${value} = cast(${value} as integer) then cast(${value} as integer) end`,
      )
    default:
      return when(numeric, value)
  }
}
