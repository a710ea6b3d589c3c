import { describe, expect, test } from 'vitest'
import { acceptRun, acceptRunPatch, changeRun } from '../src/rules/accept-run.js'
import { acceptSession, changeSession } from '../src/rules/accept-session.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import { hasLabels, isLabelName } from '../src/rules/labels.js'
import { mergeSpans } from '../src/rules/merge-spans.js'
import { acceptRunQuery, acceptSessionQuery, acceptSpanQuery, acceptTraceQuery } from '../src/rules/queries.js'
import type { ReadSpan } from '../src/rules/stored-span.js'
import { mergeSummaries, summarise } from '../src/rules/summarise.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import { fieldsOf } from './refused-fields.js'
import { input, T0 } from './span-input.js'

/** Of what is stored already: a batch that is sent again after an upgrade is the same. */
const RANK_BEFORE_LABELS = '0000000000000000000000Jz6CQxR7Z04KJ99Us6WPzq'

const numbered = (count: number, letter = 'l') =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${letter}${10 + n}`, n]))
const spanWith = (labels: unknown, fields: object = {}) => {
  const read = acceptSpan(input({ labels, ...fields }))
  if ('reason' in read) throw new Error(read.reason)
  return read as ReadSpan
}

describe('the name of a label', () => {
  test.each(['a', 'Z9', 'deployment.environment', 'a/b-c_d', 'constructor', `a${'9'.repeat(63)}`])(
    '%s is one',
    (name) => {
      expect(isLabelName(name)).toBe(true)
    },
  )

  test.each(['', '1a', '.a', '_a', 'a b', 'ä', 'a\n', 'a:b', '__proto__', `a${'9'.repeat(64)}`])(
    '%j is none',
    (name) => {
      expect(isLabelName(name)).toBe(false)
    },
  )
})

describe('labels of a session, a run or a query', () => {
  const BAD: [unknown, string][] = [
    [{ a: 'x'.repeat(101) }, 'labels.a'],
    [{ a: '漢'.repeat(43) }, 'labels.a'],
    [{ a: 'nul \0' }, 'labels.a'],
    [{ a: '\udc00' }, 'labels.a'],
    [{ a: null }, 'labels.a'],
    [{ a: Number.NaN }, 'labels.a'],
    [{ a: 5n }, 'labels.a'],
    [{ a: ['x'] }, 'labels.a'],
    [{ '1': 'x' }, 'labels.1'],
    [numbered(21), 'labels'],
    [numbered(1001), 'labels'],
    ['prod', 'labels'],
    [['prod'], 'labels'],
    [new Map([['a', 'b']]), 'labels'],
    [
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
      'labels',
    ],
    [
      {
        get a() {
          throw new Error('no')
        },
      },
      'labels.a',
    ],
  ]

  test.each(BAD.map(([labels, field]) => ({ labels, field })))(
    'that cannot be kept are refused by $field',
    ({ labels, field }) => {
      const refusing: ((labels: never) => unknown)[] = [
        (labels) => acceptSession({ id: 's', type: 'agent', labels }),
        (labels) => acceptRun({ sessionId: 's', labels }, T0),
        (labels) => acceptRunPatch({ labels }),
        (labels) => acceptTraceQuery({ labels }),
        (labels) => acceptSessionQuery({ labels }),
        (labels) => acceptRunQuery({ labels }),
      ]
      for (const each of refusing) expect(fieldsOf(() => each(labels as never))).toEqual([field])
    },
  )

  test('are kept as they are, at most 20, in the order of their names', () => {
    const { labels } = acceptRun({ sessionId: 's', labels: { z: 'x'.repeat(100), b: -0, a: false, n: undefined } }, T0)
    expect(Object.entries(labels!)).toEqual([
      ['a', false],
      ['b', 0],
      ['z', 'x'.repeat(100)],
    ])
    expect(acceptRun({ sessionId: 's', labels: numbered(20) }, T0).labels).toEqual(numbered(20))
  })

  test('of a query are the texts that are compared, and none ask for nothing', () => {
    expect(acceptTraceQuery({ labels: { a: 1.5, b: true, c: '' } })).toEqual({ labels: { a: '1.5', b: 'true', c: '' } })
    expect(acceptTraceQuery({ labels: {} })).toEqual({})
  })

  test('are no filter of spans', () => {
    expect(fieldsOf(() => acceptSpanQuery({ labels: { a: 1 } } as never))).toEqual(['labels'])
  })

  test('are told as a whole, and cleared by null', () => {
    const saved = changeSession(undefined, acceptSession({ id: 's', type: 'agent', labels: { a: 1, b: 2 } }), T0)!
    const changed = changeSession(saved, acceptSession({ id: 's', type: 'agent', labels: { b: 2 } }), T0)!
    const cleared = changeSession(changed, acceptSession({ id: 's', type: 'agent', labels: null }), T0)!
    expect([changed.labels, 'labels' in cleared]).toEqual([{ b: 2 }, false])
    const run = { ...acceptRun({ id: 'r', sessionId: 's', labels: { a: 1 } }, T0), type: 'agent', seq: 1 } as const
    expect(changeRun(run, acceptRunPatch({ labels: { a: 1 } }), undefined)).toEqual({})
    expect(changeRun(run, acceptRunPatch({ labels: null }), undefined)).toEqual({ labels: undefined })
  })
})

describe('labels are compared', () => {
  test.each([
    [{ a: '1.4' }, { a: 1.4 }, true],
    [{ a: true, b: 1 }, { a: 'true' }, true],
    [{ a: 'x' }, { a: 'X' }, false],
    [{ a: 'x' }, { a: 'x', b: 'x' }, false],
    [undefined, { a: 'x' }, false],
    [undefined, { constructor: 'x' }, false],
    [undefined, undefined, true],
  ])('%o has %o: %s', (own, wanted, has) => {
    expect(hasLabels(own, wanted)).toBe(has)
  })
})

describe('labels of a span', () => {
  test('that tells none is the record that it was before there were any', () => {
    const bare = acceptSpan(input()) as ReadSpan
    expect(bare.rank).toBe(RANK_BEFORE_LABELS)
    expect([spanWith({}).rank, spanWith(null).rank, spanWith({ a: undefined }).rank]).toEqual([
      bare.rank,
      bare.rank,
      bare.rank,
    ])
  })

  test('make another record of it, in whichever order they are told', () => {
    expect(spanWith({ a: 1, b: 2 }).rank).toBe(spanWith({ b: 2, a: 1 }).rank)
    expect(spanWith({ a: 1 }).rank).not.toBe(spanWith({ a: '1' }).rank)
  })

  test('that are very many and odd leave a hundred marks and one', () => {
    const odd = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}`, n]))
    expect(spanWith(odd).span.repairs).toHaveLength(101)
  })

  test('of which all records have told more than 20 are the first, and the span says so once', () => {
    const merged = [spanWith(numbered(12, 'b')), spanWith(numbered(12, 'a'), { endedAt: T0 + 1 })].reduce(
      (one, other) => mergeSpans(mergeSpans(one, other), other) as ReadSpan,
    )
    expect(Object.keys(merged.span.labels!)).toEqual(Object.keys({ ...numbered(12, 'a'), ...numbered(8, 'b') }))
    expect(merged.span.repairs).toEqual([{ field: 'labels', reason: 'are more than 20; the first by name are kept' }])
  })
})

describe('labels of a trace', () => {
  const fact = (spanId: string, startedAt: number, labels?: SpanFacts['labels']): SpanFacts => ({
    ...spanWith(undefined).stored.facts,
    spanId,
    startedAt,
    ...(labels && { labels }),
  })
  const of = (...facts: SpanFacts[]) => summarise('t', facts)

  test('are those of the first span in time, then by its id, whose they are', () => {
    const facts = [fact('b', 1, { x: 'b' }), fact('a', 1, { x: 'a', y: 1 }), fact('c', 0), fact('d', 0.5, { y: 2 })]
    const { summary, labels } = of(...facts)
    expect([summary.labels, labels]).toEqual([
      { x: 'a', y: 2 },
      { x: [1, 'a'], y: [0.5, 'd'] },
    ])
    expect(mergeSummaries(of(...facts.slice(0, 1)), of(...facts.slice(1)))).toStrictEqual(of(...facts))
    expect(mergeSummaries(of(...facts.slice(2)), of(...facts.slice(0, 2)))).toStrictEqual(of(...facts))
  })

  test('are the first 20 by name, whatever they are put together from', () => {
    const facts = [fact('a', 1, numbered(15, 'c')), fact('b', 2, numbered(15, 'a')), fact('c', 3, numbered(15, 'b'))]
    const whole = of(...facts)
    expect(Object.keys(whole.summary.labels!)).toEqual(Object.keys({ ...numbered(15, 'a'), ...numbered(5, 'b') }))
    const [a, b, c] = facts.map((one) => of(one))
    expect(mergeSummaries(mergeSummaries(a!, b!), c!)).toStrictEqual(whole)
    expect(mergeSummaries(c!, mergeSummaries(b!, a!))).toStrictEqual(whole)
  })

  test('are not there where no span has any', () => {
    expect(of(fact('a', 1))).not.toHaveProperty('labels')
    expect(of(fact('a', 1)).summary).not.toHaveProperty('labels')
  })

  test('are known by names that every object has', () => {
    const summary = mergeSummaries(of(fact('a', 1, { constructor: 'c' })), of(fact('b', 2, { toString: 't', x: 1 })))
    expect(summary.summary.labels).toEqual({ constructor: 'c', toString: 't', x: 1 })
  })
})
