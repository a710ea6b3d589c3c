import { StoreError, type TraceStore } from '@freehold/contract'
import type { Defect } from './defect.js'
import { spoiling } from './spoil.js'

type Find = TraceStore['find']

/** The list of traces, paged in a wrong way. */
function finding(law: string, name: string, wrong: (find: Find) => Find): Defect {
  return spoiling('traces', law, name, ({ find }) => ({ find: wrong(find) }))
}

export const pagingDefects: readonly Defect[] = [
  finding(
    'a page of a list never repeats and never misses a row that was there when paging began',
    'pages are counted by offset',
    (find) => async (query, page) => {
      const offset = page?.after?.match(/^offset (\d+)$/)?.[1]
      if (offset === undefined) await find(query, page)
      const { items } = await find(query, { limit: 1000 })
      const next = Number(offset ?? 0) + (page?.limit ?? 50)
      return {
        items: items.slice(Number(offset ?? 0), next),
        ...(items.length > next ? { next: `offset ${next}` } : {}),
      }
    },
  ),
  finding(
    'a page of a list never repeats and never misses a row that was there when paging began',
    'a cursor is as fine as a millisecond',
    (find) => async (query, page) => {
      const found = await find(query, page)
      if (found.next === undefined) return found
      const [list, micros, id] = JSON.parse(Buffer.from(found.next, 'base64url').toString())
      const rounded = JSON.stringify([list, Math.floor(micros / 1000) * 1000, id])
      return { ...found, next: Buffer.from(rounded).toString('base64url') }
    },
  ),
  finding(
    'rows of one timestamp are paged without a repeat and without a gap',
    'the next page starts before the last timestamp',
    (find) => async (query, page) => {
      const found = await find(query, page)
      const last = found.items.at(-1)
      if (found.next === undefined || last === undefined) return found
      const { items } = await find({ ...query, to: last.startedAt }, { limit: 1 })
      return items.length === 0 ? { items: found.items } : found
    },
  ),
  finding('a page that ends with the last row has no next', 'a full page has a next', (find) => async (query, page) => {
    const found = await find(query, page)
    const last = found.items.at(-1)
    if (last === undefined || found.items.length < (page?.limit ?? 50)) return found
    const cursor = JSON.stringify(['traces', Math.round(last.startedAt * 1000), last.traceId])
    return { ...found, next: found.next ?? Buffer.from(cursor).toString('base64url') }
  }),
  finding(
    'a cursor that is damaged or of another list is refused as invalid',
    'a bad cursor starts anew',
    (find) => (query, page) =>
      find(query, page).catch((error: unknown) => {
        const ofCursor = StoreError.is(error) && error.problems.some(({ field }) => field === 'after')
        if (!ofCursor) throw error
        return find(query, { ...page, after: undefined })
      }),
  ),
  finding(
    'a page holds 50 items unless told',
    'a page holds 100 items unless told',
    (find) => (query, page) => find(query, { ...page, limit: page?.limit ?? 100 }),
  ),
  finding(
    'a page limit outside 1 to 1,000 is refused as invalid',
    'a limit is cut to size',
    (find) => (query, page) => {
      const limit = page?.limit ?? 50
      return find(query, { ...page, limit: Number.isInteger(limit) ? Math.min(Math.max(limit, 1), 1000) : 50 })
    },
  ),
]
