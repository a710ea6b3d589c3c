import assert from 'node:assert/strict'
import { type Chapter, law } from '../case.js'
import { idsPaged, LISTS, type PagedList, SPANS_OF_TRACES } from './lists.js'
import { range, T0 } from './spans.js'
import { refused } from './support.js'

/** Ids that come more than once. */
function repeated(ids: readonly string[]): string[] {
  return ids.filter((id, i) => ids.indexOf(id) !== i)
}

/** Events come one by one, each in a transaction of its own; traces of several spans each are many spans. */
function rowsOf(list: PagedList): number {
  return list.name === 'approvals.events' || list === SPANS_OF_TRACES ? 60 : 300
}

const NOT_LIMITS = [0, -1, 1001, 1.5, Number.NaN, '10']

export const pagingCases: Chapter = {
  name: 'paging',
  cases: [
    law(
      'a page of a list never repeats and never misses a row that was there when paging began',
      async ({ storage }) => {
        for (const list of LISTS) {
          // Even numbers first, so that rows can come between them, as well as before and after.
          // A microsecond apart, so that a cursor has to be as fine.
          const at = (n: number) => T0 + n / 1000
          await list.add(
            storage,
            range(40).map((n) => 100 + n * 2),
            at,
          )
          const { items } = await list.read(storage, { limit: 1000 })
          const there = items.map((item) => list.id(item as never))
          const paged = await idsPaged(list, storage, 7, (page) =>
            list.add(storage, [101 + page * 20, 1000 + page, 20 - page], at),
          )
          assert.deepEqual(repeated(paged), [], `${list.name} repeats`)
          const missed = there.filter((id) => !paged.includes(id))
          assert.deepEqual(missed, [], `${list.name} misses rows`)
        }
      },
    ),

    law('rows of one timestamp are paged without a repeat and without a gap', async ({ storage }) => {
      for (const list of [...LISTS, SPANS_OF_TRACES]) {
        await list.add(storage, range(rowsOf(list), 1), () => T0)
        const { items } = await list.read(storage, { limit: 1000 })
        const there = items.map((item) => list.id(item as never))
        assert.equal(there.length >= rowsOf(list), true, `${list.name} has ${there.length} rows`)
        assert.deepEqual(await idsPaged(list, storage, 17), there, `${list.name}, paged and in one`)
      }
    }),

    law('a page that ends with the last row has no next', async ({ storage }) => {
      for (const list of LISTS) {
        await list.add(storage, [1, 2, 3], (n) => T0 + n)
        const { items } = await list.read(storage, { limit: 1000 })
        const whole = await list.read(storage, { limit: items.length })
        assert.deepEqual(whole, { items }, `${list.name} in one full page`)
        const first = await list.read(storage, { limit: items.length - 1 })
        assert.ok(first.next, `${list.name} has one more row and no next page`)
        const last = await list.read(storage, { limit: 1, after: first.next })
        assert.deepEqual(last, { items: items.slice(-1) }, `${list.name}, its last page`)
      }
    }),

    law('a cursor that is damaged or of another list is refused as invalid', async ({ storage }) => {
      const cursors = new Map<string, string>()
      for (const list of LISTS) {
        await list.add(storage, [1, 2, 3], (n) => T0 + n)
        const { next } = await list.read(storage, { limit: 1 })
        assert.ok(next, `${list.name} has more rows and no next page`)
        cursors.set(list.name, next)
      }
      for (const list of LISTS) {
        const own = cursors.get(list.name)!
        const foreign = [...cursors].flatMap(([name, cursor]) => (name === list.name ? [] : [cursor]))
        for (const after of ['', 'garbage', own.slice(0, -4), `x${own}`, ...foreign])
          await refused('invalid', list.read(storage, { after }))
      }
    }),

    law('a page holds 50 items unless told', async ({ storage }) => {
      for (const list of LISTS) {
        await list.add(storage, range(51, 1), (n) => T0 + n)
        const { items, next } = await list.read(storage)
        assert.equal(items.length, 50, list.name)
        assert.ok(next, `${list.name} has more rows and no next page`)
      }
    }),

    law('a page limit outside 1 to 1,000 is refused as invalid', async ({ storage }) => {
      for (const list of LISTS) {
        for (const limit of [1, 1000]) await list.read(storage, { limit })
        for (const limit of NOT_LIMITS) {
          const { problems } = await refused('invalid', list.read(storage, { limit: limit as number }))
          assert.deepEqual(
            problems.map((problem) => problem.field),
            ['limit'],
          )
        }
      }
    }),
  ],
}
