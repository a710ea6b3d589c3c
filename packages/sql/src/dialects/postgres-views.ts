import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. What does not fit its type is NULL, and spoils no other row. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `"${column}" -> '${property}'`
  const text = `"${column}" ->> '${property}'`
  const when = (is: string, sql: string) => `case jsonb_typeof(${value}) when '${is}' then ${sql} end`
  switch (type) {
    case 'json':
      return `nullif(${value}, 'null')`
    case 'text':
      return when('string', text)
    case 'boolean':
      return when('boolean', `(${text})::boolean`)
    case 'timestamp': {
      const ms = `(${text})::float8`
      // As toMicroseconds: times 1000, the whole number would lose bits that its fraction needs.
      const micros = `(floor(${ms}) * 1000 + floor((${ms} - floor(${ms})) * 1000 + 0.5))`
      const time = `timestamptz 'epoch' + ${micros} * interval '1 microsecond'`
      return when('number', `case when ${ms} between 0 and ${MAX_TIMESTAMP} then ${time} end`)
    }
    case 'integer': {
      const number = `(${text})::numeric`
      const whole = `${number} = trunc(${number}) and abs(${number}) <= ${Number.MAX_SAFE_INTEGER}`
      return when('number', `case when ${whole} then ${number}::bigint end`)
    }
    default:
      return when('number', `(${text})::float8`)
  }
}
