import type { KeyPart, PageAt } from '@freehold/contract'
import type { Knex } from 'knex'
import { rowsOf } from './dialects/by-key.js'
import type { Dialect, Row } from './dialects/dialect.js'
import { columnOf } from './rows/codec.js'

/** A column of a sort key, and whether its cursor part is a time in microseconds. */
export interface SortColumn {
  column: string
  time?: true
}

/**
 * Reads the page after a cursor, newest first: one row more than asked for, to tell whether there are more. The condition
 * is spelled out (`a <= x and (a < x or b < y)`), because not every engine uses an index for `(a, b) < (x, y)`.
 */
export function pageDown(
  dialect: Dialect,
  query: Knex.QueryBuilder,
  sort: readonly SortColumn[],
  { limit, after }: PageAt,
): Knex.QueryBuilder {
  return behind(dialect, query, sort, after, ['<', 'desc']).limit(limit + 1)
}

/** The same, oldest first, and no row more than asked for. */
export function pageUp(
  dialect: Dialect,
  query: Knex.QueryBuilder,
  sort: readonly SortColumn[],
  { limit, after }: { limit: number; after: readonly KeyPart[] | undefined },
): Knex.QueryBuilder {
  return behind(dialect, query, sort, after, ['>', 'asc']).limit(limit)
}

type Way = readonly ['<', 'desc'] | readonly ['>', 'asc']

function behind(
  dialect: Dialect,
  query: Knex.QueryBuilder,
  sort: readonly SortColumn[],
  after: readonly KeyPart[] | undefined,
  [than, order]: Way,
): Knex.QueryBuilder {
  if (after !== undefined) {
    const bounds = sort.map(({ column, time }, i) => ({ column, value: bound(dialect, after[i]!, time) }))
    query.where(bounds[0]!.column, `${than}=`, bounds[0]!.value as Knex.Value)
    query.where((builder) => beyond(builder, bounds, than))
  }
  for (const { column } of sort) query.orderBy(column, order)
  return query
}

/**
 * The first page of all rows of a tenant, newest first, as their index has them: what is asked for most, and so its text is
 * written here, and its plan kept.
 * @param from the table, and what tells the engine by which index it is to be read
 */
export function firstPage(
  knex: Knex,
  dialect: Dialect,
  from: string,
  {
    tenant,
    columns,
    sort,
    at,
  }: { tenant: string; columns: readonly string[]; sort: readonly SortColumn[]; at: PageAt },
): Promise<Row[]> {
  const shown = columns.map((column) => `t.${dialect.quote(column)}`).join(', ')
  const order = sort.map(({ column }) => `t.${dialect.quote(column)} desc`).join(', ')
  // A limit that is bound is any to a plan that is kept.
  const sql = `select ${shown} from ${from} where t.tenant = ? order by ${order} limit ${at.limit + 1}`
  return rowsOf(knex, sql, [tenant])
}

interface Bound {
  column: string
  value: unknown
}

function beyond(builder: Knex.QueryBuilder, [first, ...rest]: readonly Bound[], than: '<' | '>'): void {
  builder.where(first!.column, than, first!.value as Knex.Value)
  if (rest.length === 0) return
  builder.orWhere((same) => {
    same.where(first!.column, first!.value as Knex.Value).where((inner) => beyond(inner, rest, than))
  })
}

function bound(dialect: Dialect, part: KeyPart, time: true | undefined): unknown {
  return time ? dialect.toTime((part as number) / 1000) : part
}

/** Adds `column = value` for every filter that is given, where the column of `userId` is `user_id`. */
export function whereEqual(query: Knex.QueryBuilder, filters: Readonly<Record<string, unknown>>, alias?: string): void {
  for (const [field, value] of Object.entries(filters))
    if (value !== undefined)
      query.where(alias === undefined ? columnOf(field) : `${alias}.${columnOf(field)}`, value as Knex.Value)
}

/** Adds `from <= column < to`. */
export function whereBetween(
  dialect: Dialect,
  query: Knex.QueryBuilder,
  column: string,
  { from, to }: { from?: number; to?: number },
): void {
  if (from !== undefined) query.where(column, '>=', dialect.toTime(from) as Knex.Value)
  if (to !== undefined) query.where(column, '<', dialect.toTime(to) as Knex.Value)
}
