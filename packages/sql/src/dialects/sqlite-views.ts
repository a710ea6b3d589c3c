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

/**
 * See `SharedTexts` in the contract: each item of the list is a piece, a list of such items or of lists of them, or a text, as
 * its first character says.
 */
export function wholeText(column: string, texts: string): string {
  const of = (piece: string) =>
    `${piece}.tenant = s.tenant and ${piece}.trace_day = s.trace_day and ${piece}.trace_id = s.trace_id`
  const within = (item: string, list: string, inner: string) =>
    `left join ${texts} ${list} on substr(${item}.value, 1, 1) = '@' and ${of(list)} and ${list}.name = substr(${item}.value, 2) ` +
    `join json_each(case when ${list}.text is null then json_array(${item}.value) else ${list}.text end) ${inner} `
  const part = `case substr(n.value, 1, 1) when '=' then substr(n.value, 2) when ',' then ',' || p.text else p.text end`
  const parts =
    `select ${part} as part from json_each(substr(${column}, 10)) e ${within('e', 'k', 'm')}${within('m', 'l', 'n')}` +
    `left join ${texts} p on substr(n.value, 1, 1) <> '=' and ${of('p')} and p.name = substr(n.value, 2) ` +
    `order by e.key, m.key, n.key`
  return `case when substr(${column}, 1, 1) = '*' then (select group_concat(part, '') from (${parts})) else ${column} end`
}

export function propertyNamed(json: string, name: string): string {
  return `(select value from json_each(${json}) where key = ${name})`
}
