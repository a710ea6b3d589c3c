import {
  acceptList,
  compareTexts,
  hasLabels,
  type KeyPart,
  type Labels,
  type Page,
  type PageAt,
  type PageRequest,
  pageOf,
} from '@freehold/contract'

/** How a list is ordered: its name in cursors, what its sort key looks like, and the key of a row. */
export interface Order<R> {
  list: string
  example: readonly KeyPart[]
  key(row: R): readonly KeyPart[]
  direction: 'ascending' | 'descending'
}

/** What was asked for, and which page of it. @throws StoreError `invalid`, with every problem of both */
export function acceptListing<R, Q>(order: Order<R>, accept: () => Q, page: PageRequest | undefined): [Q, PageAt] {
  return acceptList(order.list, order.example, accept, page)
}

/** The page of `rows` that was asked for. */
export function listing<R, T>(order: Order<R>, rows: readonly R[], { limit, after }: PageAt, item: (row: R) => T) {
  const sign = order.direction === 'ascending' ? 1 : -1
  const rest = rows
    .filter((row) => after === undefined || sign * compareKeys(order.key(row), after) > 0)
    .sort((a, b) => sign * compareKeys(order.key(a), order.key(b)))
  return pageOf(order.list, rest.slice(0, limit + 1), limit, order.key, item) satisfies Page<T>
}

/** True when the row has every value asked for, and its `time` is at or after `from` and before `to`. */
export function matches(row: object, time: number, query: { from?: number; to?: number; labels?: Labels }): boolean {
  const { from, to, labels, ...values } = query
  const fields = row as Record<string, unknown>
  return (
    Object.entries(values).every(([field, value]) => fields[field] === value) &&
    hasLabels(fields.labels as Labels | undefined, labels) &&
    (from === undefined || time >= from) &&
    (to === undefined || time < to)
  )
}

function compareKeys(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  for (const [i, part] of a.entries()) {
    const difference = compareParts(part, b[i]!)
    if (difference !== 0) return difference
  }
  return 0
}

function compareParts(a: KeyPart, b: KeyPart): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(String(a), String(b))
}
