import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { changedSummary } from '../src/rules/change-summary.js'
import { mergeSpans } from '../src/rules/merge-spans.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { factsOf, summarise } from '../src/rules/summarise.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import { SPAN_KINDS, SPAN_STATUSES } from '../src/span.js'

const T0 = 1_750_000_000_000
const TRACE = 'a'.repeat(32)
const idOf = (n: number) => String(n).padStart(16, '0')
const word = fc.constantFrom('a', 'b', 'c')
const number = fc.integer({ min: 1, max: 3 })

const told = fc
  .record(
    {
      kind: fc.constantFrom(...SPAN_KINDS),
      status: fc.constantFrom(...SPAN_STATUSES),
      endedAt: number.map((n) => T0 + 10 + n),
      parentId: number.map(idOf),
      userId: word,
      agentId: word,
      labels: fc.oneof(
        { weight: 4, arbitrary: fc.dictionary(fc.constantFrom('a', 'k', 'z'), word) },
        {
          weight: 1,
          arbitrary: number.map((n) =>
            Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`l${n}.${10 + i}`, n])),
          ),
        },
      ),
      input: word,
      output: word,
      detail: fc.record({ model: word, tool: word, promptTokens: number, cost: number }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .chain((fields) =>
    fc.record({ name: word, startedAt: number.map((n) => T0 + n) }).map((own) => ({ ...fields, ...own })),
  )
const records = fc.array(fc.record({ span: number, told }), { minLength: 1, maxLength: 8 })

function accepted(span: number, fields: object): SpanRecord {
  const { detail, ...others } = fields as { detail?: Record<string, unknown>; kind?: string }
  const { model, tool, promptTokens, cost } = detail ?? {}
  const own = { llm: { model, promptTokens, cost }, tool: { tool }, run: { model } }[others.kind ?? ''] ?? {}
  const record = acceptSpan({ traceId: TRACE, spanId: idOf(span), ...others, detail: own })
  if ('reason' in record) throw new Error(record.reason)
  return record
}

/** Tells one record after the other, and how often a summary could not be changed by that alone. */
function tell(given: readonly { span: number; told: object }[]) {
  const spans = new Map<number, SpanRecord>()
  const counted = () =>
    summarise(
      TRACE,
      [...spans.values()].map((record) => factsOf(record.span)),
    )
  let recounts = 0
  let changes = 0
  for (const { span, told } of given) {
    const record = accepted(span, told)
    const before = spans.get(span)
    const state = before && counted()
    spans.set(span, before === undefined ? record : mergeSpans(before, record))
    if (before === undefined) continue
    changes += 1
    const changed = changedSummary(state!, { before: factsOf(before.span), after: factsOf(spans.get(span)!.span) })
    if (changed === undefined) recounts += 1
    else expect(changed).toStrictEqual(counted())
  }
  return { recounts, changes }
}

test('a summary that is changed is the one that would be counted anew', () => {
  let [all, anew] = [0, 0]
  fc.assert(
    fc.property(records, (given) => {
      const { recounts, changes } = tell(given)
      all += changes
      anew += recounts
    }),
    { numRuns: 2000 },
  )
  expect(anew).toBeLessThan(all / 2)
})

describe('the summary of a trace', () => {
  const fact = (fields: Partial<SpanFacts> = {}): SpanFacts => ({
    ...factsOf(accepted(1, { name: 'n', startedAt: T0 }).span),
    ...fields,
  })

  test.each<[string, Partial<SpanFacts>, Partial<SpanFacts>, boolean]>([
    ['end', {}, { endedAt: T0 + 1, status: 'ok' }, true],
    ['tokens', { kind: 'llm' }, { kind: 'llm', costNanos: 5 }, true],
    ['first model', {}, { kind: 'llm', model: 'm' }, true],
    ['same model', { model: 'm' }, { model: 'm', endedAt: T0 }, true],
    ['other model', { model: 'm' }, { model: 'n' }, false],
    ['lost tool', { tool: 't' }, {}, false],
    ['parent', {}, { parentId: idOf(9) }, false],
    ['owner', {}, { userId: 'u' }, true],
    ['label', {}, { labels: { a: 1 } }, true],
    ['other value of a label', { labels: { a: 1, b: 1 } }, { labels: { a: 2, b: 1 } }, true],
    ['lost label', { labels: { a: 1, b: 1 } }, { labels: { a: 1 } }, false],
    ['lost owner', { userId: 'u' }, {}, false],
    ['later start', {}, { startedAt: T0 + 1 }, false],
    ['same end', { endedAt: T0 + 1 }, { endedAt: T0 + 1 }, true],
    ['earlier end', { endedAt: T0 + 1 }, { endedAt: T0 }, false],
    ['lost end', { endedAt: T0 + 1 }, {}, false],
  ])('can be changed, or not, by what is told of its root: %s', (_, before, after, can) => {
    const [was, is] = [fact(before), fact(after)]
    const changed = changedSummary(summarise(TRACE, [was]), { before: was, after: is })
    expect(changed).toStrictEqual(can ? summarise(TRACE, [is]) : undefined)
  })

  test('can be changed by the parent of a span that is not its root', () => {
    const [root, was] = [fact(), fact({ spanId: idOf(2), startedAt: T0 + 1 })]
    const is = { ...was, parentId: idOf(1) }
    const changed = changedSummary(summarise(TRACE, [root, was]), { before: was, after: is })
    expect(changed).toStrictEqual(summarise(TRACE, [root, is]))
  })
})
