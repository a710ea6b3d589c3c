import assert from 'node:assert/strict'
import type { SpanInput, TraceQuery, TraceStore } from '@freehold/contract'
import { law } from '../case.js'
import { onlySpan, range, span, spanId, summaryOf, T0, traceId } from './spans.js'
import { refused } from './support.js'

/** Names in their order, one more than a row has labels. */
const NAMES = range(21, 10).map((n) => `label.${n}`)

/** Labels of spans and traces, and what is found by them. */
export const traceLabelCases = [
  law('a trace shows of each label what the first span in time says', async ({ storage: { traces } }) => {
    const shown = async () => (await summaryOf(traces)).labels
    await traces.write([span(5, { labels: { environment: 'late', tier: 2 } })])
    await traces.write([span(4, { labels: { environment: 'early', constructor: true } }), span(3)])
    assert.deepEqual(await shown(), { constructor: true, environment: 'early', tier: 2 })
    // What comes first in time may be told last: by a span that was there, or another one, or the same one.
    await traces.write([span(3, { endedAt: T0 + 20, labels: { environment: 'first' } })])
    assert.deepEqual(await shown(), { constructor: true, environment: 'first', tier: 2 })
    await traces.write([span(3, { endedAt: T0 + 30, labels: { environment: 'first of all' } })])
    await traces.write([span(5, { startedAt: T0 + 1, endedAt: undefined })])
    assert.deepEqual(await shown(), { constructor: true, environment: 'late', tier: 2 })
    // Of very many the first by name are shown.
    const many = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]))
    await traces.write([span(6, { labels: many(NAMES.slice(1)) }), span(7, { labels: many(NAMES.slice(0, 1)) })])
    assert.deepEqual(Object.keys((await shown())!).sort(), ['constructor', 'environment', ...NAMES.slice(0, 18)])
  }),

  law('labels of a span merge by name and the greater record counts', async ({ storage: { traces } }) => {
    const records = (n: number): SpanInput[] => [
      span(n, { endedAt: undefined, labels: { environment: 'start', first: 1.5 } }),
      span(n, { endedAt: T0 + 50, labels: { environment: 'end', last: true } }),
      span(n, { endedAt: T0 + 40, labels: { environment: 'other', other: '' } }),
    ]
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]
    for (const [n, order] of orders.entries())
      for (const place of order) await traces.write([{ ...records(1)[place]!, traceId: traceId(1 + n) }])
    for (const n of [1, 2, 3]) {
      const { labels } = await onlySpan(traces, n)
      assert.deepEqual(labels, { environment: 'end', first: 1.5, last: true, other: '' })
      assert.deepEqual((await summaryOf(traces, n)).labels, labels)
    }
    const again = await traces.write(records(1).slice(0, 2))
    assert.deepEqual([again.updated, again.duplicates], [0, 2])
  }),

  law('a label of a span that cannot be kept is left out and the span says so', async ({ storage: { traces } }) => {
    const odd = {
      '1st': 'x',
      'two words': 'x',
      long: 'x'.repeat(101),
      [`n${'n'.repeat(64)}`]: 'x',
      wide: '\u20ac'.repeat(43),
      nul: 'a\0',
      lone: '\ud800',
      list: [],
      endless: Number.POSITIVE_INFINITY,
    }
    await traces.write([span(1, { labels: { ...odd, environment: 'prod', nothing: null, unknown: undefined } })])
    const { labels, repairs } = await onlySpan(traces)
    assert.deepEqual(labels, { environment: 'prod' })
    assert.deepEqual(
      (repairs ?? []).map(({ field }) => field).sort(),
      Object.keys(odd)
        .map((name) => `labels.${name}`)
        .sort(),
    )
    const many = Object.fromEntries(NAMES.map((name) => [name, 1]))
    await traces.write([
      span(1, { traceId: traceId(2), labels: many }),
      span(1, { traceId: traceId(3), labels: 'prod' }),
    ])
    for (const [n, names] of [
      [2, NAMES.slice(0, 20)],
      [3, undefined],
    ] as const) {
      const { labels: kept, repairs: marks } = await onlySpan(traces, n)
      assert.deepEqual([kept && Object.keys(kept).sort(), marks?.map(({ field }) => field)], [names, ['labels']])
    }
  }),

  law('traces are found by labels and all of them must match', async ({ storage: { traces } }) => {
    const told: object[] = [
      { environment: 'prod', release: '1.4', beta: true },
      { environment: 'prod', release: 1.4 },
      { environment: 'Prod', release: '1.40', beta: 'true' },
      { environment: 'prod ' },
      {},
    ]
    await traces.write(
      told.map((labels, n) => span(1, { traceId: traceId(1 + n), startedAt: T0 + n, labels, userId: `user ${n % 2}` })),
    )
    const wanted: [TraceQuery['labels'], readonly number[]][] = [
      [{ environment: 'prod' }, [2, 1]],
      [{ environment: 'Prod' }, [3]],
      [{ environment: 'prod ' }, [4]],
      [{ release: '1.4' }, [2, 1]],
      [{ release: 1.4, environment: 'prod' }, [2, 1]],
      [{ beta: true }, [3, 1]],
      [{ beta: 'true', environment: 'prod' }, [1]],
      [{ beta: true, environment: 'prod ' }, []],
      [{ constructor: 'prod' }, []],
      [{}, [5, 4, 3, 2, 1]],
    ]
    for (const [labels, expected] of wanted)
      assert.deepEqual(await found(traces, { labels }), expected.map(traceId), JSON.stringify(labels))
    assert.deepEqual(await found(traces, { labels: { environment: 'prod' }, userId: 'user 1' }), [traceId(2)])
    assert.deepEqual(await found(traces, { labels: { environment: 'prod' }, from: T0 + 1 }), [traceId(2)])
    assert.deepEqual(await found(traces, { labels: { environment: 'prod' }, to: T0 + 1 }), [traceId(1)])
    const query = { labels: { beta: true } }
    const first = await traces.find(query, { limit: 1 })
    const rest = await traces.find(query, { limit: 1, after: first.next })
    assert.deepEqual([...first.items, ...rest.items].map(idOf), [traceId(3), traceId(1)])
    for (const labels of [{ environment: 'x'.repeat(101) }, { environment: 'a\0' }, { 'two words': 1 }, 'prod'])
      await refused('invalid', traces.find({ labels: labels as never }))
    await refused('invalid', traces.spans(query as never))
  }),

  law('a trace whose label changes is found by the new value and not by the old', async ({ storage: { traces } }) => {
    for (const n of [1, 2]) await traces.write([span(5, { traceId: traceId(n), labels: { environment: 'old' } })])
    await traces.write([span(4, { labels: { environment: 'new' } })])
    assert.deepEqual(await found(traces, { labels: { environment: 'old' } }), [traceId(2)])
    assert.deepEqual(await found(traces, { labels: { environment: 'new' } }), [traceId(1)])
    await traces.write([span(4, { endedAt: T0 + 90, labels: { environment: 'old' } })])
    // It began before the other since, and yet again by what says nothing of labels.
    assert.deepEqual(await found(traces, { labels: { environment: 'old' } }), [traceId(2), traceId(1)])
    await traces.write([span(1, { traceId: traceId(2) })])
    assert.deepEqual(await found(traces, { labels: { environment: 'old' } }), [traceId(1), traceId(2)])
    assert.deepEqual(await found(traces, { labels: { environment: 'old' }, from: T0 + 2 }), [traceId(1)])
  }),

  law(
    'a trace that is written again after it was removed is found by no label that it had',
    async ({ storage: { traces } }) => {
      await traces.write([span(1, { labels: { environment: 'old', gone: true } }), span(2, { traceId: traceId(2) })])
      await traces.remove(traceId(1))
      await traces.write([span(1, { labels: { environment: 'new' } })])
      for (const labels of [{ environment: 'old' }, { gone: true }])
        assert.deepEqual(await found(traces, { labels }), [], JSON.stringify(labels))
      assert.deepEqual(await found(traces, { labels: { environment: 'new' } }), [traceId(1)])
      assert.deepEqual((await summaryOf(traces)).rootSpanId, spanId(1))
    },
  ),
]

function idOf({ traceId }: { traceId: string }): string {
  return traceId
}

async function found(traces: TraceStore, query: TraceQuery): Promise<string[]> {
  return (await traces.find(query)).items.map(idOf)
}
