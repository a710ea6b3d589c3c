import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptBatch } from '../src/rules/accept-batch.js'
import type { SpanChange } from '../src/rules/change-summary.js'
import { retell } from '../src/rules/retell.js'
import { RollupSums } from '../src/rules/rollup-rows.js'
import { type SpanRollups, spanRollups } from '../src/rules/rollup-spans.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { factsOf } from '../src/rules/summarise.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import { SPAN_KINDS, SPAN_STATUSES, type SpanInput } from '../src/span.js'
import { shown } from './rollup-row.js'

const DAY = 86_400_000
const T0 = Date.UTC(2026, 10, 30)
const TRACE = 'a'.repeat(32)
const idOf = (n: number) => String(n).padStart(16, '0')

function factsOfInput(fields: object): SpanFacts {
  return factsOf(recordOf({ startedAt: T0, name: 'n', ...fields }).span)
}

function recordOf(fields: object): SpanRecord {
  const { records, rejected } = acceptBatch([{ traceId: TRACE, spanId: idOf(1), ...fields } as SpanInput])
  expect(rejected).toEqual([])
  return records[0]!
}

function rowsOf(rollup: keyof SpanRollups, ...spans: object[]): Record<string, Record<string, number>> {
  return shown(rollup, spanRollups({ fresh: spans.map(factsOfInput) })[rollup])
}

/** The key of a row of a day, with which a month begins as well. */
const DAYS_ALONE = ([key]: [string, unknown]) => key.split(' ')[0]!.length === 10

describe('calls of models', () => {
  const detail = { model: 'gpt-5', promptTokens: 7, completionTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2 }
  const call = { kind: 'llm', endedAt: T0 + DAY, detail: { ...detail, reasoningTokens: 1, cost: 0.25 } }
  const counted = {
    ...{ calls: 1, promptTokens: 7, completionTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2 },
    ...{ reasoningTokens: 1, costNanos: 250_000_000 },
  }

  test('count on the day of their end and in its month', () => {
    expect(rowsOf('modelCalls', call)).toEqual({
      '2026-12-01 all   -1': counted,
      '2026-12-01 model gpt-5  -1': counted,
      '2026-12 all   -1': counted,
      '2026-12 model gpt-5  -1': counted,
    })
  })

  test('count under each of their owners, with the model but for users', () => {
    const owners = { agentId: 'a', teamId: 't', workflowId: 'w', userId: 'u' }
    const rows = Object.entries(rowsOf('modelCalls', { ...call, ...owners })).filter(DAYS_ALONE)
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(
        ['all  ', 'model gpt-5 ', 'agent a gpt-5', 'team t gpt-5', 'workflow w gpt-5', 'user u '].map((key) => [
          `2026-12-01 ${key} -1`,
          counted,
        ]),
      ),
    )
  })

  test('add up', () => {
    const other = { ...call, status: 'error', detail: { model: 'gpt-5' } }
    expect(rowsOf('modelCalls', call, other)['2026-12-01 model gpt-5  -1']).toEqual({ ...counted, calls: 2, errors: 1 })
  })

  test('count without a model where none is told', () => {
    expect(rowsOf('modelCalls', { ...call, detail: {} })['2026-12-01 model   -1']).toEqual({ calls: 1 })
  })

  test('of the last microsecond of a day count on that', () => {
    const keys = Object.keys(rowsOf('modelCalls', { ...call, endedAt: T0 + DAY - 0.001 }))
    expect(keys.filter((key) => key.startsWith('2026-11-30'))).toHaveLength(2)
  })

  test.each([
    ['runs', { ...call, endedAt: undefined }],
    ['is of another kind', { ...call, kind: 'run', detail: { model: 'gpt-5' } }],
  ])('do not count what %s', (_, span) => {
    expect(rowsOf('modelCalls', span)).toEqual({})
  })
})

describe('calls of tools', () => {
  const call = { kind: 'tool', endedAt: T0 + 3, detail: { tool: 'lookup' } }

  test('count with their duration under the tool, and without it among all and under their agent', () => {
    const rows = Object.entries(rowsOf('toolCalls', { ...call, agentId: 'a', teamId: 't', userId: 'u' }))
    expect(Object.fromEntries(rows.filter(DAYS_ALONE))).toEqual({
      '2026-11-30 all   -1': { calls: 1 },
      '2026-11-30 tool lookup  11': { calls: 1, d7: 1 },
      '2026-11-30 agent a lookup -1': { calls: 1 },
    })
  })

  test('that failed count as errors', () => {
    expect(rowsOf('toolCalls', { ...call, status: 'error' })['2026-11-30 tool lookup  11']).toMatchObject({ errors: 1 })
  })

  test('that took no time count in a bucket of their own', () => {
    expect(rowsOf('toolCalls', { ...call, endedAt: T0 })).toMatchObject({
      '2026-11-30 tool lookup  -1': { calls: 1, d0: 1 },
    })
  })

  test.each([
    ['runs', { ...call, endedAt: undefined }],
    ['has no name', { ...call, detail: {} }],
  ])('do not count what %s', (_, span) => {
    expect(rowsOf('toolCalls', span)).toEqual({})
  })
})

describe('what becomes of a span', () => {
  const call = { kind: 'llm', endedAt: T0, detail: { model: 'gpt-5', promptTokens: 7 } }
  const before = factsOfInput(call)

  test('that changes counts as the difference', () => {
    const after = factsOfInput({ ...call, detail: { model: 'gpt-5', promptTokens: 9 } })
    expect(shown('modelCalls', spanRollups({ changes: [{ before, after }] }).modelCalls)).toEqual({
      '2026-11-30 all   -1': { promptTokens: 2 },
      '2026-11-30 model gpt-5  -1': { promptTokens: 2 },
      '2026-11 all   -1': { promptTokens: 2 },
      '2026-11 model gpt-5  -1': { promptTokens: 2 },
    })
  })

  test('that is told what is counted nowhere changes no row', () => {
    const after = factsOfInput({ ...call, input: 'hello', sessionId: 's' })
    expect(spanRollups({ changes: [{ before, after }] }).modelCalls).toEqual([])
  })

  test('that moves to another day of its month changes no row of the month', () => {
    const after = factsOfInput({ ...call, startedAt: T0 - DAY, endedAt: T0 - 1 })
    const rows = spanRollups({ changes: [{ before, after }] }).modelCalls
    expect(rows.map(({ period }) => period)).toEqual(['2026-11-29', '2026-11-29', '2026-11-30', '2026-11-30'])
  })

  test('that is gone is taken back', () => {
    const { modelCalls } = spanRollups({ gone: [before] })
    expect(
      new RollupSums('modelCalls')
        .add(modelCalls)
        .add(spanRollups({ fresh: [before] }).modelCalls)
        .ordered(),
    ).toEqual([])
  })
})

describe('rollups of spans', () => {
  const word = fc.constantFrom('a', 'b')
  const small = fc.integer({ min: 0, max: 3 })
  const told = fc.record(
    {
      kind: fc.constantFrom('llm', 'llm', 'tool', 'tool', ...SPAN_KINDS),
      status: fc.constantFrom(...SPAN_STATUSES),
      endedAt: small.map((n) => T0 + (n * DAY) / 2),
      userId: word,
      agentId: word,
      teamId: word,
      detail: fc.record({ model: word, tool: word, promptTokens: small, cost: small }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  const record = fc.record({ span: small, startedAt: small.map((n) => T0 - n * 1000), told }).map((given) => {
    const { kind = 'other', detail = {} } = given.told
    const { model, tool, promptTokens, cost } = detail
    const own = { llm: { model, promptTokens, cost }, tool: { tool }, run: { model } }[kind as 'llm'] ?? {}
    return { spanId: idOf(given.span + 1), name: 'n', startedAt: given.startedAt, ...given.told, detail: own }
  })
  /** Batches of records, and spans that are removed behind each. */
  const history = fc.array(fc.record({ batch: fc.array(record, { maxLength: 5 }), removed: fc.array(small) }), {
    maxLength: 5,
  })

  /** Tells batches one after the other, as a store does, and keeps what is to be added each time. */
  function tell(batches: readonly { batch: readonly object[]; removed?: readonly number[] }[]) {
    const spans = new Map<string, SpanRecord>()
    const sums = { modelCalls: new RollupSums('modelCalls'), toolCalls: new RollupSums('toolCalls') }
    const add = ({ modelCalls, toolCalls }: SpanRollups) => {
      sums.modelCalls.add(modelCalls)
      sums.toolCalls.add(toolCalls)
    }
    for (const { batch, removed = [] } of batches) {
      const fresh: SpanFacts[] = []
      const changes: SpanChange[] = []
      for (const each of acceptBatch(batch.map((fields) => ({ traceId: TRACE, ...fields })) as SpanInput[]).records) {
        const { spanId } = each.span
        const before = spans.get(spanId)
        const after = before === undefined ? each : retell(before, each)
        if (after === undefined) continue
        spans.set(spanId, after as SpanRecord)
        if (before === undefined) fresh.push(factsOf(each.span))
        else changes.push({ before: factsOf(before.span), after: factsOf((after as SpanRecord).span) })
      }
      add(spanRollups({ fresh, changes }))
      const gone = [...new Set(removed.map((n) => idOf(n + 1)))].flatMap((id) => spans.get(id) ?? [])
      add(spanRollups({ gone: gone.map(({ span }) => factsOf(span)) }))
      for (const { span } of gone) spans.delete(span.spanId)
    }
    const final = [...spans.values()].map(({ span }) => factsOf(span))
    return { rows: { modelCalls: sums.modelCalls.ordered(), toolCalls: sums.toolCalls.ordered() }, final }
  }

  test('are those of the spans that are there, whatever was told and removed before', () => {
    fc.assert(
      fc.property(history, (batches) => {
        const { rows, final } = tell(batches)
        expect(rows).toEqual(spanRollups({ fresh: final }))
      }),
      { numRuns: 200 },
    )
  })

  test('are the same in any order and any batches, however often a record is told', () => {
    const records = fc.array(record, { minLength: 1, maxLength: 8 })
    const order = records.chain((given) =>
      fc.record({
        given: fc.constant(given),
        again: fc.shuffledSubarray([...given, ...given], { minLength: given.length * 2 }),
        size: fc.integer({ min: 1, max: 4 }),
      }),
    )
    fc.assert(
      fc.property(order, ({ given, again, size }) => {
        const parts = Array.from({ length: Math.ceil(again.length / size) }, (_, i) => ({
          batch: again.slice(i * size, (i + 1) * size),
        }))
        expect(tell(parts).rows).toEqual(tell([{ batch: given }]).rows)
      }),
      { numRuns: 200 },
    )
  })
})
