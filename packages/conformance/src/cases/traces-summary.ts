import assert from 'node:assert/strict'
import type { SpanQuery } from '@freehold/contract'
import { law } from '../case.js'
import { range, span, spanId, summaryOf, T0, traceId } from './spans.js'

export const summaryCases = [
  law('the status is error when any span failed whatever came first', async ({ storage }) => {
    await storage.traces.write([span(2, { parentId: spanId(1), status: 'error' })])
    await storage.traces.write([span(1, { status: 'ok' })])
    const { status, errors } = await summaryOf(storage.traces)
    assert.deepEqual({ status, errors }, { status: 'error', errors: 1 })
  }),

  law('the summary spans the earliest start and the latest end', async ({ storage }) => {
    await storage.traces.write([span(2, { startedAt: T0 + 20, endedAt: T0 + 90 })])
    await storage.traces.write([span(1, { startedAt: T0 + 10, endedAt: T0 + 30 })])
    await storage.traces.write([span(3, { startedAt: T0 + 40, endedAt: T0 + 50 })])
    const { startedAt, endedAt } = await summaryOf(storage.traces)
    assert.deepEqual({ startedAt, endedAt }, { startedAt: T0 + 10, endedAt: T0 + 90 })
  }),

  law('the owners are the first known in time and not the first that arrived', async ({ storage }) => {
    await storage.traces.write([span(3, { userId: 'late', agentId: 'only' })])
    await storage.traces.write([span(2, { userId: 'early', sessionId: 's2' })])
    await storage.traces.write([span(1, { sessionId: 's1' })])
    const { userId, agentId, sessionId, teamId } = await summaryOf(storage.traces)
    assert.deepEqual(
      { userId, agentId, sessionId, teamId },
      { userId: 'early', agentId: 'only', sessionId: 's1', teamId: undefined },
    )
  }),

  law('spans are found by owners of their own, whichever their trace shows', async ({ storage: { traces } }) => {
    // What is told later began earlier, so that the owners of the trace change.
    for (const n of [7, 5, 3]) await traces.write([span(n, { userId: `user ${n}`, runId: `run ${n}` })])
    const ofOthers = [span(1, { userId: 'user 1' }), span(2, { userId: 'user 5', agentId: 'agent 2' })]
    await traces.write([...ofOthers, span(4, { agentId: 'agent 4', endedAt: undefined }), span(6)])
    await traces.write([span(4, { userId: 'user 4' }), span(6, { userId: 'user 6', runId: 'run 3' })])
    await traces.write([8, 9].map((n) => span(n, { traceId: traceId(2), userId: `user ${n}`, workflowId: 'w' })))
    const found: [SpanQuery, readonly number[]][] = [
      ...[1, 3, 4, 6, 7, 8, 9].map((n): [SpanQuery, number[]] => [{ userId: `user ${n}` }, [n]]),
      [{ userId: 'user 5' }, [5, 2]],
      [{ userId: 'user' }, []],
      [{ runId: 'run 3' }, [6, 3]],
      [{ runId: 'run 7', userId: 'user 7' }, [7]],
      [{ agentId: 'agent 4' }, [4]],
      [{ agentId: 'agent 2', minDuration: 10 }, [2]],
      [{ workflowId: 'w' }, [9, 8]],
    ]
    for (const [query, numbers] of found) {
      const { items } = await traces.spans(query)
      const ids = items.map((item) => item.spanId)
      assert.deepEqual(ids, numbers.map(spanId), `spans with ${JSON.stringify(query)}`)
    }
  }),

  law('tokens and cost are counted on llm spans only', async ({ storage }) => {
    const usage = {
      promptTokens: 100,
      completionTokens: 20,
      cacheReadTokens: 40,
      cacheWriteTokens: 3,
      reasoningTokens: 7,
      cost: 0.1,
    }
    await storage.traces.write([
      span(1, { kind: 'run', detail: { model: 'm' } }),
      span(2, { parentId: spanId(1), kind: 'llm', detail: usage }),
      span(3, { parentId: spanId(1), kind: 'llm', detail: { ...usage, cost: 0.2 } }),
      span(4, { parentId: spanId(1), kind: 'other', detail: usage }),
    ])
    const { tokens, cost } = await summaryOf(storage.traces)
    const expected = { prompt: 200, completion: 40, cacheRead: 80, cacheWrite: 6, reasoning: 14 }
    assert.deepEqual({ tokens, cost }, { tokens: expected, cost: 0.3 })
  }),

  law('the root names the trace and a trace without one is named by its earliest span', async ({ storage }) => {
    await storage.traces.write([span(5, { parentId: spanId(99), name: 'later' })])
    await storage.traces.write([span(4, { parentId: spanId(98), name: 'earliest', kind: 'tool' })])
    const orphaned = await summaryOf(storage.traces)
    await storage.traces.write([span(9, { name: 'root', kind: 'run' })])
    const rooted = await summaryOf(storage.traces)
    assert.deepEqual(
      [orphaned, rooted].map(({ name, kind, rootSpanId }) => ({ name, kind, rootSpanId })),
      [
        { name: 'earliest', kind: 'tool', rootSpanId: spanId(4) },
        { name: 'root', kind: 'run', rootSpanId: spanId(9) },
      ],
    )
  }),

  law('previews are cut to 200 characters', async ({ storage }) => {
    const astral = '🜁'
    await storage.traces.write([span(1, { input: 'i'.repeat(201), output: astral.repeat(300) })])
    const { inputPreview, outputPreview } = await summaryOf(storage.traces)
    const listed = (await storage.traces.spans()).items.map((item) => [item.inputPreview, item.outputPreview])
    const expected = [
      'i'.repeat(200),
      range(200)
        .map(() => astral)
        .join(''),
    ]
    assert.deepEqual([[inputPreview, outputPreview], ...listed], [expected, expected])
  }),

  law('the preview of a chat is that of its last message', async ({ storage }) => {
    const input = [
      { role: 'user', content: 'first' },
      { role: 'user', content: 'last' },
    ]
    await storage.traces.write([span(1, { input })])
    const { inputPreview } = await summaryOf(storage.traces)
    assert.equal(inputPreview, 'last')
  }),

  law('a preview does not depend on the order of keys', async ({ storage: { traces } }) => {
    // Orders that some engines keep and others do not: by length, by bytes, as it came.
    const input = { query: 1, k: 2, b: { yes: [{ z: 1, aa: 2 }], no: null } }
    await traces.write([span(1, { endedAt: undefined, input })])
    const { inputPreview } = await summaryOf(traces)
    await traces.write([span(1, { output: 'found' })])
    assert.equal((await summaryOf(traces)).inputPreview, inputPreview)
    await traces.write([
      span(1, { endedAt: T0 + 20, input: { k: 2, b: { no: null, yes: [{ aa: 2, z: 1 }] }, query: 1 } }),
    ])
    assert.equal((await summaryOf(traces)).inputPreview, inputPreview)
    assert.equal(inputPreview, '{"b":{"no":null,"yes":[{"aa":2,"z":1}]},"k":2,"query":1}')
  }),

  law('a summary names the first 50 models and tools by name', async ({ storage }) => {
    const used = (n: number) => ({ parentId: spanId(1), startedAt: T0 + n })
    const models = range(60, 1).map((n) => span(n, { ...used(n), kind: 'llm', detail: { model: `name ${n}` } }))
    const tools = range(60, 101).map((n) => span(n, { ...used(n), kind: 'tool', detail: { tool: `name ${n - 100}` } }))
    await storage.traces.write([...models, ...tools])
    await storage.traces.write([...models, ...tools].map((one) => ({ ...one, endedAt: T0 + 1000 })))
    const names = range(60, 1)
      .map((n) => `name ${n}`)
      .sort()
      .slice(0, 50)
    const summary = await summaryOf(storage.traces)
    assert.deepEqual([summary.models, summary.tools], [names, names])
  }),
]
