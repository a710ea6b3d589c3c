import { StoreError } from '../errors.js'
import { DEFAULT_PAGE, MAX_PAGE, type Page, type PageRequest } from '../page.js'
import { MAX_TIMESTAMP } from '../time.js'
import { acceptAll } from './accept-arguments.js'
import { Fields } from './fields.js'
import { cleanText } from './text.js'

/** One part of a sort key: a text or a number, as the column is. */
export type KeyPart = string | number

/** A page request that was checked: `after` is the sort key of the last row of the page before. */
export interface PageAt<K extends readonly KeyPart[] = readonly KeyPart[]> {
  limit: number
  after?: K
}

/**
 * Checks a page request for the list named `list`, whose sort key looks like `example`.
 * @throws StoreError `invalid` for a limit outside 1 to 1,000, or a cursor that is damaged or of another list.
 */
export function acceptPage<K extends readonly KeyPart[]>(list: string, example: K, page: PageRequest = {}): PageAt<K> {
  const fields = new Fields('page', page, ['limit', 'after'], 'exact')
  const limit = fields.integer('limit', 1, MAX_PAGE) ?? DEFAULT_PAGE
  const after = fields.text('after')
  const [, at] = acceptAll<[unknown, K | undefined]>(
    list,
    () => fields.done(),
    () => (after === undefined ? undefined : decodeCursor(list, example, after)),
  )
  return at === undefined ? { limit } : { limit, after: at }
}

/** What is asked of a list, and which page of it: see {@link acceptPage}. @throws StoreError `invalid`, for both at once */
export function acceptList<Q, K extends readonly KeyPart[]>(
  list: string,
  example: K,
  accept: () => Q,
  page: PageRequest | undefined,
): [Q, PageAt<K>] {
  return acceptAll<[Q, PageAt<K>]>(list, accept, () => acceptPage(list, example, page))
}

/** Turns `limit + 1` rows read into a page: the extra row only tells that there are more. */
export function pageOf<R, T = R>(
  list: string,
  rows: readonly R[],
  limit: number,
  key: (row: R) => readonly KeyPart[],
  item: (row: R) => T = (row) => row as unknown as T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const page: Page<T> = { items: shown.map(item) }
  if (rows.length > limit) page.next = encodeCursor(list, key(shown[shown.length - 1]!))
  return page
}

function encodeCursor(list: string, key: readonly KeyPart[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url')
}

function decodeCursor<K extends readonly KeyPart[]>(list: string, example: K, cursor: string): K {
  const [, ...key] = parse(cursor)
  const fits =
    key.length === example.length && key.every((part, i) => typeof part === typeof example[i] && isPart(part))
  // A decoder passes over what it does not know: only the very text that was given is a cursor, name of the list and all.
  if (fits && encodeCursor(list, key as KeyPart[]) === cursor) return key as unknown as K
  const message = 'is not a cursor of this list; pass the `next` of its page before, or start anew without it'
  throw StoreError.invalid('page', [{ field: 'after', message }])
}

/** Every number in a sort key is a count: of microseconds, or of what came before. */
function isPart(part: unknown): boolean {
  return (
    (typeof part === 'string' && cleanText(part) === part) ||
    (Number.isSafeInteger(part) && (part as number) >= 0 && (part as number) <= MAX_TIMESTAMP * 1000)
  )
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
