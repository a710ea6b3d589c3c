import type { ColumnType, PlacedColumn } from './dialect.js'

/** Between two values of a column, and for one that is NULL: JSON has neither, nor has any word, id or time that is usual. */
const NEXT = '\x1e'
const NULL = '\x1d'

/** Types whose values are of our making, and hold no such characters. */
const KNOWN: readonly ColumnType[] = ['word', 'hex', 'hash', 'time', 'day', 'integer', 'json']

/**
 * The rows of an INSERT, each column a text in which its values stand one after the other: neither the driver nor the server
 * looks at each of thousands of parameters, and no quote within them has to be escaped, as in an array.
 */
export function rowsOf(
  columns: readonly PlacedColumn[],
  rows: readonly (readonly unknown[])[],
  castOf: (type: ColumnType) => string,
): { source: string; bindings: unknown[] } {
  const bindings: unknown[] = []
  const arrays = columns.map(({ type, at }) => {
    const values = rows.map((row) => row[at])
    const text = KNOWN.includes(type) || !values.some(hasMark) ? joined(values) : ''
    // The empty text is an array without values.
    bindings.push(text === '' ? values : text)
    return text === '' ? `?::${castOf(type)}[]` : `string_to_array(?, E'\\x1e', E'\\x1d')::${castOf(type)}[]`
  })
  return { source: `select * from unnest(${arrays.join(', ')})`, bindings }
}

function hasMark(value: unknown): boolean {
  return typeof value === 'string' && (value.includes(NEXT) || value.includes(NULL))
}

function joined(values: readonly unknown[]): string {
  return values.map((value) => value ?? NULL).join(NEXT)
}
