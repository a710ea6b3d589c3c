import { MAX_TIMESTAMP, type ShapeColumn } from '@freehold/contract'

/** A property of a JSON column as a plain value of a view. */
export function viewColumn(column: string, property: string, type: ShapeColumn): string {
  const value = `"${column}" -> '${property}'`
  const text = `"${column}" ->> '${property}'`
  const number = `(${text})::numeric`
  // What does not fit the type of its column reads as NULL, and spoils no other row.
  const when = (is: string, sql: string) => `case jsonb_typeof(${value}) when '${is}' then ${sql} end`
  switch (type) {
    case 'json':
      return value
    case 'text':
      return text
    case 'boolean':
      return when('boolean', `(${text})::boolean`)
    case 'timestamp':
      return when(
        'number',
        `case when ${number} between 0 and ${MAX_TIMESTAMP} then to_timestamp(${number} / 1000) end`,
      )
    case 'integer': {
      const whole = `${number} = trunc(${number}) and abs(${number}) <= ${Number.MAX_SAFE_INTEGER}`
      return when('number', `case when ${whole} then ${number}::bigint end`)
    }
    default:
      return when('number', number)
  }
}
