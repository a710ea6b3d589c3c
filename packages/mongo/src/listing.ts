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
  const fields = sort.flatMap(({ field, time }) => (time ? [field, restOf(field)] : [field]))
  return {
    filter: after === undefined ? {} : below(sort.flatMap(({ field, time }, i) => boundsOf(field, after[i]!, time))),
    sort: Object.fromEntries(fields.map((field) => [field, -1])),
    limit: limit + 1,
  }
}

type Bound = readonly [field: string, value: unknown]

function boundsOf(field: string, part: KeyPart, time: true | undefined): Bound[] {
  return time ? Object.entries(encodeTime(field, fromMicroseconds(part as number))) : [[field, part]]
}

function below([[field, value], ...rest]: readonly [Bound, ...Bound[]] | Bound[]): Document {
  if (rest.length === 0) return { [field!]: { $lt: value } }
  return { [field!]: { $lte: value }, $or: [{ [field!]: { $lt: value } }, { [field!]: value, ...below(rest) }] }
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
