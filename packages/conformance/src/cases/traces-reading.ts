import assert from 'node:assert/strict'
import type { SpanInput, SpanQuery, TraceQuery, TraceStore } from '@freehold/contract'
import { law } from '../case.js'
import { onlySpan, range, span, spanId, T0, traceId, traceOf } from './spans.js'

/** Three traces of one span each, which no filter below confuses. */
const FILTERED: readonly SpanInput[] = [1, 2, 3].map((n) =>
  span(n, {
    traceId: traceId(n),
    name: n === 1 ? 'Chat one' : n === 2 ? 'chat two' : 'search 🜁\u{10ffff}',
    kind: n === 1 ? 'llm' : n === 2 ? 'tool' : 'run',
    detail: n === 1 ? { model: 'large' } : n === 2 ? { tool: 'calculator' } : { model: 'small' },
    status: n === 1 ? 'ok' : n === 2 ? 'error' : 'running',
    startedAt: T0 + n * 1000,
    endedAt: n === 3 ? undefined : T0 + n * 1000 + n * 100.1,
    runId: `run ${n}`,
    sessionId: `session ${n}`,
    userId: n === 3 ? 'bob' : 'ann',
    agentId: `agent ${n}`,
    teamId: `team ${n}`,
    workflowId: `workflow ${n}`,
  }),
)

type Filtered = [TraceQuery, expected: readonly number[]]

const FILTERS: readonly Filtered[] = [
  [{}, [1, 2, 3]],
  [{ runId: 'run 2' }, [2]],
  [{ sessionId: 'session 1' }, [1]],
  [{ userId: 'ann' }, [1, 2]],
  [{ agentId: 'agent 3' }, [3]],
  [{ teamId: 'team 2' }, [2]],
  [{ workflowId: 'workflow 1' }, [1]],
  [{ status: 'ok' }, [1]],
  [{ status: 'error' }, [2]],
  [{ status: 'running' }, [3]],
  [{ kind: 'tool' }, [2]],
  [{ model: 'small' }, [3]],
  [{ tool: 'calculator' }, [2]],
  [{ namePrefix: 'chat' }, [2]],
  [{ namePrefix: 'search 🜁' }, [3]],
  [{ namePrefix: 'search 🜁\u{10ffff}' }, [3]],
  // Of no pattern language of any engine.
  ...['c_at', '%', '?hat', '*', '[c]', 'c.at', '.', '^chat', 'chat\\'].map(
    (namePrefix): Filtered => [{ namePrefix }, []],
  ),
  [{ from: T0 + 2000 }, [2, 3]],
  [{ to: T0 + 2000 }, [1]],
  [{ minDuration: 200 }, [2]],
  // Of 200.2 milliseconds, which the difference of two times in milliseconds misses.
  [{ minDuration: 200.2 }, [2]],
  [{ minDuration: 200.201 }, []],
  [{ minDuration: 201 }, []],
  [{ userId: 'ann', from: T0 + 2000 }, [2]],
  [{ userId: 'ann', status: 'running' }, []],
]

async function filtersNarrow(
  traces: TraceStore,
  list: (query: SpanQuery) => Promise<{ items: { traceId: string }[] }>,
  filters: readonly [SpanQuery, readonly number[]][],
) {
  await traces.write(FILTERED)
  for (const [query, expected] of filters) {
    const { items } = await list(query)
    const found = items.map((item) => item.traceId).sort()
    assert.deepEqual(found, expected.map(traceId), `filtered by ${JSON.stringify(query)}`)
  }
  // What was told last counts: an end, and a start before the first that was told.
  const late = { traceId: traceId(9), runId: 'late' }
  await traces.write([span(1, { ...late, startedAt: T0 + 100, endedAt: undefined })])
  await traces.write([span(1, { ...late, startedAt: T0, endedAt: T0 + 5_000_000 })])
  // So long that its microseconds take more than 32 bits.
  const { items } = await list({ runId: 'late', minDuration: 5_000_000, to: T0 + 1, status: 'ok' })
  assert.equal(items.length, 1, 'a filter does not see an end that was told later')
  for (const query of [{ minDuration: 5_000_001 }, { status: 'running' as const }, { from: T0 + 1 }, { to: 0 }])
    assert.deepEqual((await list({ runId: 'late', ...query })).items, [], JSON.stringify(query))
}

export const readingCases = [
  law('a trace that does not exist is null', async ({ storage }) => {
    assert.equal(await storage.traces.get(traceId(404)), null)
  }),

  law('a trace of 10,000 spans comes back whole and in order', async ({ storage }) => {
    // Written backwards, so that the order of writing is not the order asked for; ten spans share each start.
    const spans = range(10_000, 1).map((n) => span(n, { startedAt: T0 + Math.floor(n / 10), endedAt: T0 + 5000 }))
    for (const at of range(10)) await storage.traces.write(spans.toReversed().slice(at * 1000, at * 1000 + 1000))
    const trace = await traceOf(storage.traces)
    assert.deepEqual(
      trace.spans.map((one) => one.spanId),
      range(10_000, 1).map(spanId),
    )
  }),

  law('one span comes back whole and one that does not exist is null', async ({ storage: { traces } }) => {
    const written = [1, 2].map((n) =>
      span(n, { input: { n }, attributes: { n }, events: [{ name: 'e', at: T0 }], status: 'ok' }),
    )
    await traces.write([...written, span(1, { traceId: traceId(2) })])
    for (const [n, one] of written.entries())
      assert.deepEqual(await traces.span(traceId(1), spanId(n + 1)), { kind: 'other', ...one })
    for (const [trace, own] of [
      [1, 3],
      [2, 2],
      [3, 1],
    ] as const)
      assert.equal(await traces.span(traceId(trace), spanId(own)), null)
  }),

  law('an outline has every span of a trace in order without payloads', async ({ storage: { traces } }) => {
    const spans = range(1200, 1).map((n) =>
      span(n, { startedAt: T0 + Math.floor(n / 10), endedAt: T0 + 5000, input: { n }, attributes: { n } }),
    )
    await traces.write(spans.toReversed())
    const outline = await traces.outline(traceId(1))
    assert.deepEqual(
      outline?.spans.map((one) => one.spanId),
      range(1200, 1).map(spanId),
    )
    assert.deepEqual(outline?.summary, (await traceOf(traces)).summary)
    assert.deepEqual(outline?.spans.at(-1), {
      ...span(1200, { startedAt: T0 + 120, endedAt: T0 + 5000, kind: 'other', status: 'ok' }),
      tokens: { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
      cost: 0,
      inputPreview: '{"n":1200}',
    })
    assert.equal(await traces.outline(traceId(404)), null)
  }),

  law('raw attributes, events, links, resource and scope come back as they came', async ({ storage }) => {
    const raw = {
      attributes: { 'gen_ai.request.model': 'large', flags: [true, null], deep: { er: { est: 1.5 } }, '': 'empty' },
      events: [
        { name: 'exception', at: T0 + 1.001, attributes: { 'exception.type': 'Oops' } },
        { name: 'bare', at: T0 },
      ],
      links: [{ traceId: traceId(7), spanId: spanId(7), attributes: { why: 'batch' } }],
      resource: { 'service.name': 'shop', 'process.pid': 1 },
      scope: { name: 'tracer', version: '1.0', attributes: {} },
    }
    await storage.traces.write([span(1, raw)])
    const { attributes, events, links, resource, scope } = await onlySpan(storage.traces)
    assert.deepEqual({ attributes, events, links, resource, scope }, raw)
  }),

  law('traces are listed newest first', async ({ storage }) => {
    for (const n of [2, 4, 1, 3]) await storage.traces.write([span(n, { traceId: traceId(n) })])
    await storage.traces.write([span(5, { traceId: traceId(5), startedAt: T0 + 3, endedAt: T0 + 4 })])
    const { items } = await storage.traces.find()
    assert.deepEqual(
      items.map((item) => item.traceId),
      [4, 5, 3, 2, 1].map(traceId),
    )
  }),

  law('every filter of traces narrows the list and filters combine', async ({ storage }) => {
    await filtersNarrow(storage.traces, (query) => storage.traces.find(query), FILTERS)
  }),

  law('spans are listed newest first without their payloads', async ({ storage }) => {
    const payloads = { input: 'in', output: { out: 1 }, attributes: { a: 1 }, detail: { b: 2 }, resource: { c: 3 } }
    await storage.traces.write([1, 3, 2].map((n) => span(n, payloads)))
    const { items } = await storage.traces.spans()
    const tokens = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
    assert.deepEqual(
      items,
      [3, 2, 1].map((n) => ({
        traceId: traceId(1),
        spanId: spanId(n),
        name: `span ${n}`,
        kind: 'other',
        status: 'ok',
        startedAt: T0 + n,
        endedAt: T0 + n + 10,
        tokens,
        cost: 0,
        inputPreview: 'in',
        outputPreview: '{"out":1}',
      })),
    )
    const facts = {
      ...{ parentId: spanId(9), runId: 'r', sessionId: 's', userId: 'u' },
      ...{ agentId: 'a', teamId: 't', workflowId: 'w' },
    }
    // More tokens than 32 bits hold.
    const detail = { model: 'm', promptTokens: 3_000_000_000, cost: 9 }
    await storage.traces.write([span(4, { ...facts, kind: 'llm', detail })])
    await storage.traces.write([span(5, { ...facts, kind: 'tool', detail: { tool: 'x' }, endedAt: undefined })])
    const shown = (n: number) => ({ traceId: traceId(1), spanId: spanId(n), name: `span ${n}`, startedAt: T0 + n })
    const newest = await storage.traces.spans({ runId: 'r' })
    assert.deepEqual(newest.items, [
      { ...shown(5), ...facts, kind: 'tool', status: 'running', tool: 'x', tokens, cost: 0 },
      {
        ...{ ...shown(4), ...facts, kind: 'llm', status: 'ok', endedAt: T0 + 14, model: 'm' },
        ...{ tokens: { ...tokens, prompt: 3_000_000_000 }, cost: 9 },
      },
    ])
  }),

  law('every filter of spans narrows the list and filters combine', async ({ storage }) => {
    const filters: [SpanQuery, readonly number[]][] = [
      ...FILTERS,
      [{ traceId: traceId(2) }, [2]],
      [{ traceId: traceId(2), kind: 'llm' }, []],
    ]
    await filtersNarrow(storage.traces, (query) => storage.traces.spans(query), filters)
  }),

  law('tool statistics count calls and errors of tool spans', async ({ storage }) => {
    const tool = (n: number, name: string, fields: object = {}) =>
      span(n, { kind: 'tool', detail: { tool: name }, ...fields })
    await storage.traces.write([
      tool(1, 'search', { status: 'error' }),
      tool(2, 'search', { userId: 'ann' }),
      tool(3, 'calculator', { endedAt: undefined, userId: 'ann' }),
      span(4, { kind: 'llm', detail: { model: 'search' } }),
      // Nobody said of what tool: it is not counted.
      span(5, { kind: 'tool' }),
    ])
    const ofAnn = [
      { tool: 'calculator', calls: 1, errors: 0, lastCalledAt: T0 + 3 },
      { tool: 'search', calls: 1, errors: 0, lastCalledAt: T0 + 2 },
    ]
    const ofAll = [ofAnn[0], { tool: 'search', calls: 2, errors: 1, lastCalledAt: T0 + 2 }]
    assert.deepEqual(
      [await storage.traces.toolStats(), await storage.traces.toolStats({ userId: 'ann' })],
      [ofAll, ofAnn],
    )
    // By bytes, which is another order than that of UTF-16 units.
    const names = ['Z', 'a', '\uff5e', '🜁']
    await storage.traces.write(names.toReversed().map((name, n) => tool(6 + n, name, { userId: 'bob' })))
    const ofBob = await storage.traces.toolStats({ userId: 'bob' })
    assert.deepEqual(
      ofBob.map((stats) => stats.tool),
      names,
    )
  }),
]
