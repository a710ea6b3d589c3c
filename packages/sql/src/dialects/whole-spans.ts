import { FACT_COLUMNS } from '../rows/traces.js'
import type { Dialect } from './dialect.js'

/** What is not a fact and may be in pieces, but for the attributes, which others are read from. */
const OTHERS = ['detail', 'rest'] as const

/** Facts of later migrations, which are JSON: they come last, because a column can only be appended to a view. */
const LATER = ['labels']

/**
 * A SELECT of all spans with their values as JSON, put together from what their traces keep once, for whoever reads with SQL:
 * the store itself does it in memory.
 * @param later those of {@link LATER} that are there
 */
export function wholeSpans(dialect: Dialect, prefix: string, later: readonly string[]): string {
  const first = FACT_COLUMNS.filter((column) => !LATER.includes(column))
  const columns = ['tenant', 'trace_day', ...first].map((column) => `s.${dialect.quote(column)}`)
  const texts = dialect.quote(`${prefix}texts`)
  const whole = (column: string) => dialect.wholeText(`s.${dialect.quote(column)}`, texts)
  const attributes = dialect.quote('whole_attributes')
  const json = (sql: string, name: string) => `${dialect.asJson(sql)} as ${dialect.quote(name)}`
  const read = (column: string) => {
    const text = `s.${dialect.quote(column)}`
    const value = dialect.propertyNamed(`s.${attributes}`, `substr(${text}, 3)`)
    return `case when ${text} like '=j%' then ${value} when ${text} like '=v%' then ${dialect.textAsJson(value)} else ${whole(column)} end`
  }
  const values = [
    ...(['input', 'output'] as const).map((column) => json(read(column), column)),
    json(`s.${attributes}`, 'attributes'),
    ...OTHERS.map((column) => json(whole(column), column)),
    ...later.map((column) => json(`s.${dialect.quote(column)}`, column)),
  ]
  return (
    `select ${[...columns, ...values].join(', ')} from (select s.*, ${whole('attributes')} as ${attributes} ` +
    `from ${dialect.quote(`${prefix}spans`)} s) s`
  )
}
