import type { Page, PageRequest, SpanInput, TraceQuery } from '@freehold/contract'
import { expect } from 'vitest'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

/** More than are read and sorted as a whole. */
const MANY = 1_200
const LONG = 'a name that is longer than what of it is looked for by an index, and goes on '.repeat(3)

/** One span each: all of a tool and a name, every third failed, and the oldest three rare in all that can be. */
function traces(): SpanInput[] {
  return Array.from({ length: MANY }, (_, n): SpanInput => {
    const isRare = n < 3
    return {
      ...spanOf(traceIdOf(n + 1), n),
      kind: 'tool',
      name: isRare ? `${LONG}${n}` : `call ${n % 7}`,
      status: n % 3 === 0 ? 'error' : 'ok',
      userId: isRare ? 'rare' : `user ${n % 2}`,
      detail: { tool: isRare ? 'rare' : 'common' },
    }
  })
}

async function all(list: (page: PageRequest) => Promise<Page<{ traceId: string }>>): Promise<string[]> {
  const found: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await list({ limit: 500, ...(after === undefined ? {} : { after }) })
    found.push(...page.items.map(({ traceId }) => traceId))
    if (page.next === undefined) return found
    after = page.next
  }
}

describeEngines((it) => {
  it('a list is the same by whatever way it is looked for, and page after page', async ({ storage }) => {
    const written = traces()
    await storage.traces.write(written)
    const idsThat = (isMeant: (span: SpanInput, n: number) => boolean) =>
      written
        .filter(isMeant)
        .map(({ traceId }) => traceId)
        .reverse()
    const day = written[600]!.startedAt
    const asked: [TraceQuery, string[]][] = [
      // One way that is in order, one that is sorted as a whole, and keys that are.
      [{ userId: 'user 1' }, idsThat(({ userId }) => userId === 'user 1')],
      [{ namePrefix: 'call 3' }, idsThat(({ name }) => name === 'call 3')],
      [{ namePrefix: 'call' }, idsThat(({ name }) => name.startsWith('call'))],
      [{ namePrefix: `${LONG}1` }, [written[1]!.traceId]],
      [{ namePrefix: 'Call' }, []],
      [{ minDuration: 1000 }, idsThat(() => true)],
      [{ minDuration: 1001 }, []],
      // What many meet each, what few meet, and what one meets of many.
      [{ tool: 'common' }, idsThat((_, n) => n >= 3)],
      [{ tool: 'rare' }, idsThat((_, n) => n < 3)],
      [{ tool: 'common', status: 'error' }, idsThat((_, n) => n >= 3 && n % 3 === 0)],
      [{ tool: 'rare', status: 'error' }, [written[0]!.traceId]],
      [{ tool: 'common', userId: 'rare' }, []],
      [
        { kind: 'tool', tool: 'common', namePrefix: 'call 1', userId: 'user 0' },
        idsThat((_, n) => n >= 3 && n % 7 === 1 && n % 2 === 0),
      ],
      [{ status: 'ok' }, idsThat((_, n) => n % 3 !== 0)],
      [{ tool: 'common', from: day }, idsThat((_, n) => n >= 600)],
      [{ tool: 'common', to: day }, idsThat((_, n) => n >= 3 && n < 600)],
      [{ namePrefix: 'call', from: day, status: 'error' }, idsThat((_, n) => n >= 600 && n % 3 === 0)],
    ]
    for (const [query, expected] of asked) {
      expect(await all((page) => storage.traces.find(query, page)), JSON.stringify(query)).toEqual(expected)
      expect(await all((page) => storage.traces.spans(query, page)), JSON.stringify(query)).toEqual(expected)
    }
  }, 120_000)
})
