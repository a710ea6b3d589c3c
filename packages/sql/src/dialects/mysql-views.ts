import { AS_TEXT, MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. What does not fit its type is NULL, and spoils no other row. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `json_extract(\`${column}\`, '$."${property}"')`
  const text = `json_unquote(${value})`
  const when = (is: string, sql: string) => `case when json_type(${value}) in (${is}) then ${sql} end`
  const numeric = `'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'`
  const number = `cast(${text} as double)`
  const within = (least: number, most: number, sql: string) =>
    when(numeric, `case when ${number} between ${least} and ${most} then ${sql} end`)
  switch (type) {
    case 'json': {
      // What is nested too deep for the functions of MariaDB is stored as a text: its JSON is a text anyway.
      const deep = `json_unquote(json_extract(\`${column}\`, '$."${property}"."${AS_TEXT}"'))`
      const whole = `coalesce(/*!80017 cast( */ ${deep} /*!80017 as json) */, ${value})`
      return `case json_type(${value}) when 'NULL' then null else ${whole} end`
    }
    case 'text':
      return when(`'STRING'`, text)
    case 'boolean':
      return when(`'BOOLEAN'`, `${text} = 'true'`)
    case 'timestamp': {
      // As toMicroseconds: times 1000, the whole number would lose bits that its fraction needs.
      const micros = `floor(${number}) * 1000 + floor((${number} - floor(${number})) * 1000 + 0.5)`
      const epoch = `timestamp'1970-01-01 00:00:00.000000'`
      return within(0, MAX_TIMESTAMP, `timestampadd(microsecond, cast(${micros} as signed), ${epoch})`)
    }
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
