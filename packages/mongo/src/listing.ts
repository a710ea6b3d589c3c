import { fromMicroseconds, type KeyPart, type PageAt, type Timestamp } from '@freehold/contract'
import type { Document } from 'mongodb'
import { encodeTime, restOf } from './documents/codec.js'

/** A field of a sort key, and whether its cursor part is a time in microseconds. */
export interface SortField {
  field: string
  time?: true
}

/** How a page is read, newest first: what comes after the cursor, and one document more, to tell whether there are more. */
export interface Page {
  filter: Document
  sort: Record<string, -1>
  limit: number
}

/**
 * The page after a cursor. The condition is spelled out (`a <= x and (a < x or b < y)`), because there is no comparison of
 * several fields at once that an index answers.
 */
export function pageDown(sort: readonly SortField[], { limit, after }: PageAt): Page {
  return { filter: behind(sort, after, 'lt'), sort: orderOf(sort, -1), limit: limit + 1 }
}

/** The same, oldest first. */
export function pageUp(
  sort: readonly SortField[],
  after: readonly KeyPart[] | undefined,
): { filter: Document; sort: Record<string, 1> } {
  return { filter: behind(sort, after, 'gt'), sort: orderOf(sort, 1) }
}

type Than = 'lt' | 'gt'

function orderOf<D extends 1 | -1>(sort: readonly SortField[], direction: D): Record<string, D> {
  const fields = sort.flatMap(({ field, time }) => (time ? [field, restOf(field)] : [field]))
  return Object.fromEntries(fields.map((field) => [field, direction]))
}

function behind(sort: readonly SortField[], after: readonly KeyPart[] | undefined, than: Than): Document {
  return after === undefined
    ? {}
    : beyond(
        sort.flatMap(({ field, time }, i) => boundsOf(field, after[i]!, time)),
        than,
      )
}

type Bound = readonly [field: string, value: unknown]

function boundsOf(field: string, part: KeyPart, time: true | undefined): Bound[] {
  return time ? Object.entries(encodeTime(field, fromMicroseconds(part as number))) : [[field, part]]
}

function beyond([[field, value], ...rest]: readonly [Bound, ...Bound[]] | Bound[], than: Than): Document {
  const strictly = { [field!]: { [`$${than}`]: value } }
  if (rest.length === 0) return strictly
  return { [field!]: { [`$${than}e`]: value }, $or: [strictly, { [field!]: value, ...beyond(rest, than) }] }
}

/** A condition of which all parts must hold. */
export function allOf(...parts: readonly Document[]): Document {
  const held = parts.filter((part) => Object.keys(part).length > 0)
  return held.length === 1 ? held[0]! : { $and: held }
}

/** `field = value` for every filter that is given. */
export function whereEqual(filters: Readonly<Record<string, unknown>>): Document {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
}

/** `from <= field < to`, to the microsecond. */
export function whereBetween(field: string, { from, to }: { from?: Timestamp; to?: Timestamp }): Document[] {
  return [...(from === undefined ? [] : [notBefore(field, from)]), ...(to === undefined ? [] : [before(field, to)])]
}

function notBefore(field: string, at: Timestamp): Document {
  const [date, rest] = Object.values(encodeTime(field, at))
  if (rest === 0) return { [field]: { $gte: date } }
  return { [field]: { $gte: date }, $or: [{ [field]: { $gt: date } }, { [restOf(field)]: { $gte: rest } }] }
}

function before(field: string, at: Timestamp): Document {
  const [date, rest] = Object.values(encodeTime(field, at))
  if (rest === 0) return { [field]: { $lt: date } }
  return { [field]: { $lte: date }, $or: [{ [field]: { $lt: date } }, { [restOf(field)]: { $lt: rest } }] }
}
