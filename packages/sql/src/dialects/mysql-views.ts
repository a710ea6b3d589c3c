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

/** As the columns are: two texts of other collations are not compared. */
const SAME = 'collate /*!80017 utf8mb4_0900_bin *//*M! utf8mb4_nopad_bin */'
/** Longest value of one span, in characters. */
const LONGEST = 4_194_304

/**
 * See `SharedTexts` in the contract: each item of the list is a piece, a list of such items or of lists of them, or a text, as
 * its first character says. MySQL puts no more than 1,024 bytes together unless each session says so, and so it does it one by one; MariaDB has
 * room for a megabyte, and no way to do the same.
 */
export function wholeText(column: string, texts: string): string {
  const of = (piece: string) =>
    `${piece}.tenant = s.tenant and ${piece}.trace_day = s.trace_day and ${piece}.trace_id = s.trace_id`
  const items = (json: string, name: string) =>
    `json_table(${json}, '$[*]' columns (place for ordinality, value longtext character set utf8mb4 ${SAME} path '$')) ${name}`
  const part = `case left(n.value, 1) when '=' then substr(n.value, 2) when ',' then concat(',', p.text) else p.text end`
  const within = (item: string, list: string, inner: string) =>
    `left join ${texts} ${list} on left(${item}.value, 1) = '@' and ${of(list)} and ${list}.name = substr(${item}.value, 2) ` +
    `join ${items(`coalesce(${list}.text, cast(json_array(${item}.value) as char) ${SAME})`, inner)} `
  const from =
    `${items(`substr(${column}, 10)`, 'e')} ${within('e', 'k', 'm')}${within('m', 'l', 'n')}` +
    `left join ${texts} p on left(n.value, 1) <> '=' and ${of('p')} and p.name = substr(n.value, 2)`
  const oneByOne =
    `with recursive parts as (select row_number() over (order by e.place, m.place, n.place) as place, ${part} as part from ${from}), ` +
    `whole (place, text) as (select place, cast(part as char(${LONGEST})) from parts where place = 1 ` +
    `union all select parts.place, concat(whole.text, parts.part) from whole join parts on parts.place = whole.place + 1) ` +
    `select text from whole order by place desc limit 1`
  const atOnce = `select group_concat(${part} order by e.place, m.place, n.place separator '') from ${from}`
  return `case when left(${column}, 1) = '*' then (/*!80017 ${bare(oneByOne)} *//*M! ${bare(atOnce)} */) else ${column} end`
}

/** Without comments for one server in it: they do not stand within each other. */
function bare(sql: string): string {
  return sql.replaceAll(SAME, sql.includes('recursive') ? 'collate utf8mb4_0900_bin' : 'collate utf8mb4_nopad_bin')
}
