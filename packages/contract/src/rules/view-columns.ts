import type { ShapeColumn } from '../audit.js'

/** What every entry has, and every view of a shape shows beside the columns of the shape. */
export const COMMON_COLUMNS = [
  'tenant',
  'stream',
  'seq',
  'id',
  'time',
  'actor',
  'action',
  'target',
  'outcome',
  'reason',
] as const

/** The most bytes of a name that every engine takes. */
export const MAX_COLUMN_NAME = 63

/** A property of an entry's data as a column of the view of its shape. */
export interface ViewColumn {
  property: string
  name: string
  type: ShapeColumn
}

/** The columns of a shape, by the one rule that all engines share. `acceptShape` saw to it that no two bear one name. */
export function viewColumnsOf(columns: Readonly<Record<string, ShapeColumn>>): ViewColumn[] {
  return Object.entries(columns).map(([property, type]) => ({ property, name: columnNameOf(property), type }))
}

/**
 * A property in snake_case, where a run of capitals is one word: `orderID` is `order_id`, `HTTPStatus` is `http_status`.
 * One that would bear the name of a common column stands under `<name>_of_data`.
 */
export function columnNameOf(property: string): string {
  const name = property
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
  return RESERVED.includes(name) ? `${name}_of_data` : name
}

/**
 * Where the microseconds of a time stand that its own column is too coarse for. Such a column is kept free on every engine,
 * so that a shape that one of them takes is taken by all.
 */
export function restColumnOf(name: string): string {
  return `${name}_us`
}

const RESERVED: readonly string[] = [...COMMON_COLUMNS, restColumnOf('time')]
