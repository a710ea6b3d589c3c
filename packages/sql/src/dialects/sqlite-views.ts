import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. What does not fit its type is NULL. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const path = `'$."${property}"'`
  const value = `json_extract("${column}", ${path})`
  const kind = `json_type("${column}", ${path})`
  const when = (is: string, sql: string) => `case when ${kind} in (${is}) then ${sql} end`
  const numeric = `'integer', 'real'`
  const within = (least: number, most: number, sql: string) =>
    when(numeric, `case when ${value} between ${least} and ${most} then ${sql} end`)
  switch (type) {
    case 'json':
      return `case when ${kind} <> 'null' then "${column}" -> ${path} end`
    case 'text':
      return when(`'text'`, value)
    case 'boolean':
      return when(`'true', 'false'`, value)
    case 'timestamp': {
      const millis = `cast(${value} as integer)`
      // As toMicroseconds: times 1000, the whole number would lose bits that its fraction needs.
      const micros = `(${millis} * 1000 + cast((${value} - ${millis}) * 1000 + 0.5 as integer))`
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
      return when(numeric, `cast(${value} as real)`)
  }
}
