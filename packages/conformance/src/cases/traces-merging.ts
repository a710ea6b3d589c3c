import assert from 'node:assert/strict'
import { ABANDONED, type SpanInput, type Storage, type TraceStore } from '@freehold/contract'
import fc from 'fast-check'
import { law } from '../case.js'
import { PROPERTY } from './seed.js'
import { onlySpan, range, span, spanId, summaryOf, T0, traceId, traceOf } from './spans.js'
import { KINDS, spanOf, type Told, told } from './told-spans.js'

/** The same records: as they are, and in another order, some of them twice, cut into batches. */
function arrangements<T>(record: fc.Arbitrary<T>, maxLength: number) {
  return fc.array(record, { minLength: 2, maxLength }).chain((records) =>
    fc.record({
      records: fc.constant(records),
      rearranged: fc
        .subarray(records)
        .chain((again) => fc.shuffledSubarray([...records, ...again], { minLength: records.length + again.length })),
      batch: fc.integer({ min: 1, max: 5 }),
    }),
  )
}

function expectedCounts(records: readonly Told[]) {
  const numbers = [...new Set(records.map(({ n }) => n))]
  const some = (n: number, is: (one: Told) => boolean) => records.some((one) => one.n === n && is(one))
  const kinds: Record<string, number> = {}
  for (const n of numbers) kinds[KINDS[n]!] = (kinds[KINDS[n]!] ?? 0) + 1
  return {
    spans: numbers.length,
    errors: numbers.filter((n) => some(n, ({ status }) => status === 'error')).length,
    running: numbers.filter((n) => !some(n, ({ status, length }) => status !== undefined || length !== undefined))
      .length,
    kinds,
    tools: numbers.filter((n) => KINDS[n] === 'tool').map((n) => `tool-${n}`),
    cost: numbers.filter((n) => KINDS[n] === 'llm').reduce((cents, n) => cents + n * 7, 0) / 100,
  }
}

async function writeInBatches(traces: TraceStore, spans: readonly SpanInput[], batch: number) {
  for (let at = 0; at < spans.length; at += batch) await traces.write(spans.slice(at, at + batch))
}

const recordOfOne = fc
  .record({
    start: fc.integer({ min: 0, max: 5 }),
    length: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    kind: fc.constantFrom(
      {},
      { detail: { 'a\0': 'b\0' } },
      { kind: 'other', detail: { a: 1 } },
      { kind: 'tool', detail: {} },
      { kind: 'tool', detail: { tool: 't', result: null } },
      { kind: 'llm', detail: { finishReason: 'stop', model: 'm' } },
    ),
    fields: fc.record(
      {
        status: fc.constantFrom('ok', 'error', 'running'),
        name: fc.constantFrom('a', 'b'),
        parentId: fc.constantFrom(spanId(7), spanId(8)),
        userId: fc.constantFrom('ann', 'bob'),
        input: fc.constantFrom('x', { y: 1 }),
        output: fc.constantFrom('x', null),
        attributes: fc.constantFrom({ a: 1 }, { bb: 2, a: 1 }, { a: 1, bb: 2 }, { 'a\0': 'b\0', z: 'c\0' }),
        scope: fc.constantFrom({ s: 1 }, { s: 2 }),
        reading: fc.constantFrom(1, 2),
        error: fc.constantFrom({ type: ABANDONED }, { message: 'boom' }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ start, length, kind, fields }) =>
    span(1, {
      startedAt: T0 + start,
      endedAt: length === undefined ? undefined : T0 + start + length,
      ...kind,
      ...fields,
    }),
  )

/** What two tenants keep of the same records: ids count when records of one span compete, so both use the same. */
function twoTenants(storage: Storage, run: number): [TraceStore, TraceStore] {
  return [storage.tenant(`one ${run}`).traces, storage.tenant(`other ${run}`).traces]
}

export const mergingCases = [
  law('any order and any batching of the same spans gives the same summary', async ({ storage }) => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(arrangements(told, 12), async ({ records, rearranged, batch }) => {
        const [one, other] = twoTenants(storage, ++runs)
        await one.write(records.map(spanOf))
        await writeInBatches(other, rearranged.map(spanOf), batch)
        const summary = await summaryOf(one)
        assert.deepEqual(await summaryOf(other), summary)
        const { spans, errors, running, kinds, tools, cost } = summary
        assert.deepEqual({ spans, errors, running, kinds, tools, cost }, expectedCounts(records))
      }),
      { ...PROPERTY, numRuns: 40 },
    )
  }),

  law('a span that was given up and ends after all is what it ended as', async ({ storage }) => {
    const start = span(1, { endedAt: undefined })
    const given = span(1, {
      status: 'error',
      endedAt: T0 + 90,
      error: { type: ABANDONED, message: 'nobody heard of it' },
    })
    const ends = [span(1, { endedAt: T0 + 50 }), span(1, { endedAt: T0 + 50, status: 'error' })]
    for (const [n, end] of ends.entries())
      for (const [m, records] of [
        [start, given, end],
        [end, given, start],
        [given, start, end],
      ].entries()) {
        const { traces } = storage.tenant(`${n}-${m}`)
        for (const record of records) await traces.write([record])
        const { status, endedAt, error } = await onlySpan(traces)
        const ended = { status: n === 0 ? 'ok' : 'error', endedAt: T0 + 50, error: undefined }
        assert.deepEqual({ status, endedAt, error }, ended)
        const { errors, running } = await summaryOf(traces)
        assert.deepEqual({ errors, running }, { errors: n, running: 0 })
      }
    await storage.traces.write([start])
    await storage.traces.write([given])
    const { status, endedAt, error } = await onlySpan(storage.traces)
    assert.deepEqual({ status, endedAt, error }, { status: 'error', endedAt: T0 + 90, error: given.error })
  }),

  law('the end of a span keeps what another connection told of it while it ran', async ({ storage, connect }) => {
    const { traces: elsewhere } = await connect()
    const numbers = range(8, 1)
    const start = { endedAt: undefined, input: 'asked' }
    await storage.traces.write(numbers.map((n) => span(n, start)))
    await elsewhere.write(numbers.map((n) => span(n, { ...start, userId: 'ann', scope: { told: n } })))
    await storage.traces.write(numbers.map((n) => span(n, { input: 'asked', output: 'said' })))
    const { spans } = await traceOf(elsewhere)
    assert.deepEqual(
      spans.map(({ status, input, output, userId, scope }) => ({ status, input, output, userId, scope })),
      numbers.map((n) => ({ status: 'ok', input: 'asked', output: 'said', userId: 'ann', scope: { told: n } })),
    )
    assert.equal((await summaryOf(elsewhere)).running, 0)
  }),

  law('records of one span merge to the same span in any order', async ({ storage }) => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(arrangements(recordOfOne, 5), async ({ records, rearranged, batch }) => {
        const [one, other] = twoTenants(storage, ++runs)
        await one.write(records)
        await writeInBatches(other, rearranged, batch)
        const merged = await onlySpan(one)
        assert.deepEqual(await onlySpan(other), merged)
        // Whatever was told is known by now, in one batch or in another.
        for (const traces of [one, other]) assert.equal((await traces.write(records)).updated, 0)
        assert.deepEqual(await onlySpan(other), merged)
      }),
      { ...PROPERTY, numRuns: 40 },
    )
    // The greater says all that is ranked, and comes again together with one that adds an owner and an earlier start.
    const [traces] = twoTenants(storage, ++runs)
    const greater = span(1, { startedAt: T0 + 1, endedAt: T0 + 2 })
    await traces.write([greater])
    const { updated, duplicates } = await traces.write([greater, span(1, { startedAt: T0, userId: 'ann' })])
    const { startedAt, userId } = await onlySpan(traces)
    assert.deepEqual(
      { updated, duplicates, startedAt, userId },
      { updated: 1, duplicates: 1, startedAt: T0, userId: 'ann' },
    )
  }),

  law('null in a record says nothing and never erases what another record told', async ({ storage: { traces } }) => {
    const told = {
      input: 'question',
      output: { answer: 42 },
      kind: 'tool',
      detail: { tool: 't', arguments: [1], result: 'r' },
    }
    const none = { input: null, output: null, kind: 'tool', detail: { arguments: null, result: null, exception: null } }
    const seen = {
      input: 'question',
      output: { answer: 42 },
      detail: { tool: 't', arguments: [1], result: 'r', exception: null },
    }
    const orders = [
      [{ endedAt: undefined, ...told }, none],
      [none, { endedAt: undefined, ...told }],
    ]
    for (const [n, records] of orders.entries()) {
      for (const fields of records) await traces.write([span(1, { traceId: traceId(n + 1), ...fields })])
      const { input, output, detail } = await onlySpan(traces, n + 1)
      assert.deepEqual({ input, output, detail }, seen)
    }
    // Where nobody says more it is kept: a tool that gave back null is not one that gave back nothing.
    await traces.write([span(1, { traceId: traceId(3), ...none })])
    assert.deepEqual((await onlySpan(traces, 3)).detail, none.detail)
  }),
]
