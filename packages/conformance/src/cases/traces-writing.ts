import assert from 'node:assert/strict'
import { law } from '../case.js'
import { onlySpan, range, span, spanId, summaryOf, T0, traceId, traceOf } from './spans.js'

export const writingCases = [
  law('the promise of a write resolves only after the batch is durable', async ({ storage, connect }) => {
    const other = await connect()
    for (const n of range(5, 1)) {
      await storage.traces.write([span(n, { traceId: traceId(n) })])
      assert.ok(await other.traces.get(traceId(n)), 'another connection does not find the span that was acknowledged')
    }
  }),

  law('a re-sent batch changes nothing', async ({ storage }) => {
    const batch = [
      span(1, { kind: 'run' }),
      span(2, { parentId: spanId(1), kind: 'llm', detail: { promptTokens: 10, cost: 0.1 } }),
      span(3, { parentId: spanId(1), kind: 'tool', endedAt: undefined }),
      span(4, {
        parentId: spanId(1),
        kind: 'hook',
        detail: {},
        attributes: { 'a\0': 'b\0', z: { 'c\0': Number.NaN } },
      }),
    ]
    await storage.traces.write(batch)
    const before = await traceOf(storage.traces)
    const result = await storage.traces.write(batch)
    assert.deepEqual(result, { written: 0, updated: 0, duplicates: 4, rejected: [] })
    assert.deepEqual(await traceOf(storage.traces), before)
    // Nor does telling it twice in the first place.
    const twin = storage.tenant('twin').traces
    await twin.write([...batch, ...batch])
    assert.deepEqual((await traceOf(twin)).spans, before.spans)
  }),

  law('an ended span beats a running one and a late start never erases an end', async ({ storage }) => {
    const start = span(1, { endedAt: undefined, input: 'asked' })
    const end = span(1, { endedAt: T0 + 50, output: 'answered' })
    await storage.traces.write([end])
    await storage.traces.write([start])
    const { status, endedAt, input, output } = await onlySpan(storage.traces)
    assert.deepEqual(
      { status, endedAt, input, output },
      { status: 'ok', endedAt: T0 + 50, input: 'asked', output: 'answered' },
    )
  }),

  law(
    'of two records that are as far as each other the later reading counts, whichever comes first',
    async ({ storage }) => {
      const fields = { attributes: { raw: 1 }, output: 'told' }
      const first = span(1, { ...fields, kind: 'run', detail: { model: 'm' } })
      const later = span(1, { ...fields, kind: 'llm', detail: { model: 'm', promptTokens: 7 }, reading: 2 })
      const between = span(1, { ...fields, kind: 'tool', detail: { tool: 't' }, reading: 1 })
      const orders = [
        [first, later, between],
        [later, between, first],
        [between, first, later],
      ]
      for (const [n, records] of orders.entries()) {
        const { traces } = storage.tenant(`order-${n}`)
        for (const record of records) await traces.write([record])
        const { kind, detail, output } = await onlySpan(traces)
        assert.deepEqual(
          { kind, detail, output },
          { kind: 'llm', detail: { model: 'm', promptTokens: 7 }, output: 'told' },
        )
        const { items } = await traces.find()
        assert.deepEqual(
          items.map(({ kinds, tokens }) => [kinds, tokens.prompt]),
          [[{ llm: 1 }, 7]],
        )
        // What goes further counts all the same.
        const failed = { ...fields, kind: 'run', status: 'error', reading: 0 } as const
        await traces.write([span(1, failed)])
        const after = await onlySpan(traces)
        assert.deepEqual([after.kind, after.status], ['run', 'error'])
      }
    },
  ),

  law(
    'a later reading may say that a span is of no kind after all, and one without a kind takes nothing back',
    async ({ storage }) => {
      const call = span(1, { kind: 'llm', detail: { model: 'm', promptTokens: 7 }, reading: 1 })
      const outer = span(1, { kind: 'other', detail: { model: 'm' }, reading: 2 })
      const silent = span(1, { kind: undefined, detail: undefined, output: 'told', reading: 3 })
      for (const records of [
        [call, outer, silent],
        [silent, outer, call],
        [outer, call, silent],
      ]) {
        const { traces } = storage.tenant(`first-${records[0]!.reading}`)
        for (const record of records) await traces.write([record])
        const { kind, detail } = await onlySpan(traces)
        assert.deepEqual({ kind, detail }, { kind: 'other', detail: { model: 'm' } })
        const [summary] = (await traces.find()).items
        assert.deepEqual([summary!.kinds, summary!.tokens.prompt], [{ other: 1 }, 0])
      }
      await storage.traces.write([call])
      await storage.traces.write([silent])
      assert.equal((await onlySpan(storage.traces)).kind, 'llm')
    },
  ),

  law('a record that a batch brings twice counts as a duplicate and costs nothing else', async ({ storage }) => {
    const result = await storage.traces.write([span(1), span(2), span(2), span(3)])
    assert.deepEqual(result, { written: 3, updated: 0, duplicates: 1, rejected: [] })
    const start = span(4, { endedAt: undefined })
    const ended = await storage.traces.write([start, span(4)])
    assert.deepEqual(ended, { written: 1, updated: 0, duplicates: 1, rejected: [] })
    const again = await storage.traces.write([start, span(4, { endedAt: T0 + 500 }), span(5)])
    assert.deepEqual(again, { written: 1, updated: 1, duplicates: 1, rejected: [] })
    const { spans } = await traceOf(storage.traces)
    assert.deepEqual(
      spans.map(({ endedAt }) => endedAt),
      [T0 + 11, T0 + 12, T0 + 13, T0 + 500, T0 + 15],
    )
  }),

  law('a batch of thousands of traces is counted and kept span by span', async ({ storage: { traces } }) => {
    const batch = (fields: object) => range(2500, 1).map((n) => span(n, { traceId: traceId(n), ...fields }))
    const none = { written: 0, updated: 0, duplicates: 0, rejected: [] }
    assert.deepEqual(await traces.write(batch({ endedAt: undefined })), { ...none, written: 2500 })
    assert.deepEqual(await traces.write(batch({})), { ...none, updated: 2500 })
    assert.deepEqual(await traces.write(batch({})), { ...none, duplicates: 2500 })
    assert.deepEqual((await traces.find({ status: 'running' })).items, [])
    for (const n of [1, 1000, 1001, 2500]) assert.equal((await onlySpan(traces, n)).endedAt, T0 + n + 10)
  }),

  law('an error of a span is never overwritten by a later ok', async ({ storage }) => {
    await storage.traces.write([span(1, { status: 'error', error: { message: 'boom' } })])
    await storage.traces.write([span(1, { status: 'ok', endedAt: T0 + 500 })])
    const { status, error } = await onlySpan(storage.traces)
    assert.deepEqual({ status, error }, { status: 'error', error: { message: 'boom' } })
  }),

  law('one bad span costs one span and is named in rejected', async ({ storage }) => {
    const bad = new Map<number, [field: string, input: object]>([
      [0, ['traceId', { traceId: 'not hex' }]],
      [50, ['spanId', { spanId: '0'.repeat(16) }]],
      [100, ['name', { name: 42 }]],
      [150, ['startedAt', { startedAt: Number.NaN }]],
      [200, ['userId', { userId: 'x'.repeat(129) }]],
      [250, ['runId', { runId: 'nul\0' }]],
      [300, ['kind', { kind: 'wish' }]],
      [350, ['colour', { colour: 'red' }]],
      [499, ['attributes', { attributes: 'flat' }]],
    ])
    const result = await storage.traces.write(range(500).map((n) => span(n + 1, bad.get(n)?.[1])))
    const { spans } = await traceOf(storage.traces)
    const { rejected: _, ...counts } = result
    assert.deepEqual([counts, spans.length], [{ written: 491, updated: 0, duplicates: 0 }, 491])
    assert.deepEqual(
      result.rejected.map(({ index, reason }) => [index, reason.includes(bad.get(index)?.[0] ?? 'no such span')]),
      [...bad.keys()].map((index) => [index, true]),
    )
    const alone = await storage.traces.write([span(501, { name: 42 })])
    assert.deepEqual(
      [alone.written, alone.duplicates, alone.rejected.map(({ index }) => index)],
      [0, 0, [0]],
      'a batch of nothing else',
    )
  }),

  law('a value that cannot be stored is repaired and the span says so', async ({ storage }) => {
    const loop: Record<string, unknown> = {}
    loop.self = loop
    const odd: object[] = [
      { attributes: { odd: Number.NaN } },
      { attributes: { odd: 'nul \0' } },
      { attributes: { odd: 'half \ud800' } },
      { attributes: { odd: loop } },
      { attributes: { odd: 10n } },
      { attributes: { odd: 'x'.repeat(20_000_000) } },
      { attributes: { odd: `${'x'.repeat(262_143)}🜁` } },
    ]
    const result = await storage.traces.write(odd.map((fields, n) => span(n + 1, fields)))
    assert.deepEqual(result, { written: odd.length, updated: 0, duplicates: 0, rejected: [] })
    const { spans } = await traceOf(storage.traces)
    for (const { spanId: id, repairs } of spans)
      assert.match(repairs?.[0]?.field ?? 'nothing', /^attributes\.odd/, `span ${id} does not name what was repaired`)
    // What is cut is cut between characters.
    const text = String(spans.at(-1)?.attributes?.odd)
    assert.match(text, /^x{262143}$/, `of a text that is cut within a character ${text.length} units are left`)
  }),

  law('an end before its start is repaired', async ({ storage }) => {
    await storage.traces.write([span(1, { startedAt: T0 + 100, endedAt: T0 })])
    const { startedAt, endedAt } = await onlySpan(storage.traces)
    assert.deepEqual({ startedAt, endedAt }, { startedAt: T0 + 100, endedAt: T0 + 100 })
  }),

  law('a batch of spans from years apart is written whole', async ({ storage }) => {
    const starts = [1970, 1999, 2025, 2026, 2100, 2247].map((year) => Date.UTC(year, 5, 1))
    await storage.traces.write(starts.map((at, n) => span(n + 1, { startedAt: at, endedAt: at + 1 })))
    const { spans } = await traceOf(storage.traces)
    assert.deepEqual(
      spans.map(({ startedAt }) => startedAt),
      starts,
    )
    // A later batch may tell of years before: the trace is one all the same.
    const years = [2025, 1980, 2010]
    for (const [n, year] of years.entries()) {
      const startedAt = Date.UTC(year, 5, 1)
      await storage.traces.write([span(n + 1, { traceId: traceId(2), startedAt, endedAt: startedAt + 1 })])
    }
    const told = await traceOf(storage.traces, 2)
    assert.deepEqual(
      told.spans.map((one) => one.spanId),
      [2, 3, 1].map(spanId),
    )
    assert.equal((await summaryOf(storage.traces, 2)).spans, 3)
    assert.equal((await storage.traces.spans({ traceId: traceId(2) })).items.length, 3)
  }),

  law('an empty batch writes nothing and succeeds', async ({ storage }) => {
    assert.deepEqual(await storage.traces.write([]), { written: 0, updated: 0, duplicates: 0, rejected: [] })
    assert.deepEqual((await storage.traces.find()).items, [])
  }),

  law('writers of one trace at the same time lose nothing', async ({ storage, connect }) => {
    const connections = [storage, await connect(), await connect(), await connect()]
    const detail = { promptTokens: 1 }
    await Promise.all(
      connections.flatMap((connection, writer) =>
        range(5).map((batch) => {
          const numbers = range(10, 1 + writer * 50 + batch * 10)
          return connection.traces.write(numbers.map((n) => span(n, { kind: 'llm', detail })))
        }),
      ),
    )
    const { spans, tokens } = await summaryOf(storage.traces)
    const kept = (await traceOf(storage.traces)).spans.length
    assert.deepEqual({ kept, spans, prompt: tokens.prompt }, { kept: 200, spans: 200, prompt: 200 })
    // Whoever begins a trace is met by others who begin it too, each with another number of spans.
    for (const trace of range(10, 2)) {
      await Promise.all(
        connections.map(({ traces }, writer) => {
          const numbers = range(1 + writer, 1 + writer * 10)
          return traces.write(numbers.map((n) => span(n, { traceId: traceId(trace), kind: 'llm', detail })))
        }),
      )
      const { spans, tokens } = await summaryOf(storage.traces, trace)
      assert.deepEqual({ spans, prompt: tokens.prompt }, { spans: 10, prompt: 10 })
    }
  }),
]
