import { readdirSync, readFileSync } from 'node:fs'
import type { SpanInput, TraceStore } from '@freehold/contract'
import { openStorage, sealAbandoned } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromOtlp, importOtlp, type Renormalised, renormalise } from '../src/index.js'
import { TRACE_ID } from './support/raw-span.js'

const DIRECTORY = new URL('fixtures/framework-traces/', import.meta.url)
const FILES = readdirSync(DIRECTORY).filter((file) => file.endsWith('.otlp.json'))

async function emptyStore(): Promise<TraceStore> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  return storage.traces
}

/** As a table that knows no convention would have read it. */
function unread({ traceId, spanId, parentId, name, startedAt, endedAt, ...span }: SpanInput): SpanInput {
  const { status, error, attributes, events, links, resource, scope } = span
  const raw = { attributes, events, links, resource, scope }
  return { traceId, spanId, parentId, name, startedAt, endedAt, kind: 'other', status, error, ...raw }
}

const idOf = (n: number) => n.toString(16).padStart(32, '0')

/** A call of a model in a trace of its own, written before anybody knew of it. */
const call = (n: number): SpanInput => ({
  traceId: idOf(n),
  spanId: idOf(n).slice(16),
  name: 'chat',
  startedAt: 1e12 + n,
  endedAt: 1e12 + n + 5,
  attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': n },
})

describe.each(FILES)('spans of %s that nobody had read', (file) => {
  it('are as if they were written today', async () => {
    const text = readFileSync(new URL(file, DIRECTORY), 'utf8')
    const { spans } = fromOtlp(text)
    const [today, before] = [await emptyStore(), await emptyStore()]
    await importOtlp(today, text)
    await before.write(spans.map(unread))
    const { changed, rejected } = await renormalise(before)
    expect({ some: changed > 0, rejected }).toEqual({ some: true, rejected: [] })
    const { traceId } = spans[0]!
    const [expected, trace] = [await today.get(traceId), await before.get(traceId)]
    expect(trace!.spans).toEqual(expected!.spans)
    expect(trace!.summary).toEqual(expected!.summary)
  })

  it('that were read today do not change', async () => {
    const traces = await emptyStore()
    const { spans } = await importOtlp(traces, readFileSync(new URL(file, DIRECTORY), 'utf8'))
    expect(await renormalise(traces)).toEqual({ traces: 1, spans, changed: 0, rejected: [] })
  })
})

describe('renormalise', () => {
  it('goes on where it was ended', async () => {
    const traces = await emptyStore()
    await traces.write(Array.from({ length: 120 }, (_, n) => call(n + 1)))
    const told: Renormalised[] = []
    const controller = new AbortController()
    const onProgress = (progress: Renormalised) => {
      told.push(progress)
      controller.abort(new Error('enough'))
    }
    await expect(renormalise(traces, { onProgress, signal: controller.signal })).rejects.toThrow('enough')
    expect(told).toEqual([
      { traces: 50, spans: 50, changed: 50, rejected: [], next: expect.any(String), startedBefore: 1e12 + 71 },
    ])
    expect(await traces.find({ kind: 'llm' }, { limit: 100 })).toMatchObject({ items: { length: 50 } })
    expect(await renormalise(traces, { after: told[0]!.next })).toMatchObject({ traces: 70, changed: 70 })
    expect(await renormalise(traces)).toMatchObject({ traces: 120, changed: 0 })
  })

  it('tells the last page without a next', async () => {
    const traces = await emptyStore()
    await traces.write([call(1)])
    const told: Renormalised[] = []
    await renormalise(traces, { onProgress: (progress) => told.push(progress) })
    expect(told).toEqual([{ traces: 1, spans: 1, changed: 1, rejected: [] }])
  })

  it('reads the traces of a query', async () => {
    const traces = await emptyStore()
    await traces.write([call(1), call(2), call(3)])
    expect(await renormalise(traces, { query: { from: 1e12 + 2 } })).toMatchObject({ traces: 2, changed: 2 })
    expect((await traces.find({ kind: 'llm' })).items.map(({ traceId }) => traceId)).toEqual([idOf(3), idOf(2)])
  })

  it('writes so many spans at once and no more', async () => {
    const traces = await emptyStore()
    const spans = Array.from({ length: 5 }, (_, n) => ({ ...call(n + 1), traceId: TRACE_ID }))
    await traces.write(spans)
    const batches: number[] = []
    const write: TraceStore['write'] = (batch) => {
      batches.push(batch.length)
      return traces.write(batch)
    }
    const watched = new Proxy(traces, {
      get: (store, name) => (name === 'write' ? write : store[name as keyof TraceStore].bind(store)),
    })
    expect(await renormalise(watched, { batch: 2 })).toMatchObject({ spans: 5, changed: 5 })
    expect(batches).toEqual([2, 2, 1])
  })

  it('tells an agent whose caller came in another batch that it was delegated to', async () => {
    const traces = await emptyStore()
    const agent = (n: number, agentId: string): SpanInput => ({
      ...call(n),
      traceId: TRACE_ID,
      kind: 'run',
      detail: { name: agentId },
      agentId,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': agentId, 'gen_ai.agent.name': agentId },
      scope: { name: 'agents' },
      reading: 10,
    })
    const [boss, clerk] = [agent(1, 'boss'), { ...agent(2, 'clerk'), parentId: call(1).spanId }]
    await traces.write([clerk])
    await traces.write([boss])
    expect(await renormalise(traces)).toMatchObject({ changed: 1 })
    expect(await traces.span(TRACE_ID, clerk.spanId)).toMatchObject({ kind: 'delegation', detail: { member: 'clerk' } })
  })

  it('leaves what a writer said of its own span', async () => {
    const traces = await emptyStore()
    const told: SpanInput = { ...call(1), kind: 'hook', detail: { hook: 'guard' } }
    await traces.write([told])
    expect(await renormalise(traces)).toMatchObject({ changed: 0 })
    expect(await traces.span(told.traceId, told.spanId)).toMatchObject({ kind: 'hook', detail: { hook: 'guard' } })
  })

  it('leaves what writers said of their own spans, also where one is around another', async () => {
    const traces = await emptyStore()
    const usage = { promptTokens: 5, completionTokens: 2, toolCalls: [{ name: 't' }] }
    const told = [
      { ...call(1), kind: 'run', agentId: 'boss', detail: { model: 'm' } },
      { ...call(2), kind: 'run', agentId: 'clerk', detail: { model: 'm' }, parentId: call(1).spanId },
      { ...call(3), kind: 'llm', detail: usage, parentId: call(2).spanId },
      { ...call(4), kind: 'llm', detail: usage, parentId: call(3).spanId },
    ].map((span) => ({ ...span, traceId: TRACE_ID, attributes: { own: true } }) as SpanInput)
    await traces.write(told)
    const before = await traces.get(TRACE_ID)
    for (const scope of [undefined, { name: 'own' }]) {
      await traces.write(told.map((span) => ({ ...span, scope })))
      expect(await renormalise(traces)).toMatchObject({ changed: 0 })
      const { spans, summary } = (await traces.get(TRACE_ID))!
      expect([spans.map(({ kind, detail }) => [kind, detail]), summary.tokens]).toEqual([
        before!.spans.map(({ kind, detail }) => [kind, detail]),
        before!.summary.tokens,
      ])
    }
  })

  it('tells what an agent is whenever its caller comes, whatever it is called', async () => {
    for (let n = 0; n < 12; n++) {
      const traces = await emptyStore()
      const agent = (id: number, agentId: string): SpanInput => ({
        ...call(id),
        traceId: TRACE_ID,
        attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': agentId },
        scope: { name: 'agents' },
      })
      const clerk = { ...agent(2, `clerk ${n}`), parentId: call(1).spanId, kind: 'other', reading: 1 } as SpanInput
      await traces.write([clerk])
      await renormalise(traces)
      await traces.write([{ ...agent(1, 'boss'), kind: 'run', agentId: 'boss', reading: 30 } as SpanInput])
      await renormalise(traces)
      expect((await traces.span(TRACE_ID, clerk.spanId))!.kind).toBe('delegation')
      expect(await renormalise(traces)).toMatchObject({ changed: 0 })
    }
  })

  it('reads a span anew that was given up, which is what it ends as all the same', async () => {
    const traces = await emptyStore()
    const { endedAt, ...start } = call(1)
    await traces.write([start])
    await sealAbandoned(traces)
    expect(await renormalise(traces)).toMatchObject({ changed: 1 })
    const given = (await traces.span(start.traceId, start.spanId))!
    expect([given.kind, given.status, given.error?.type]).toEqual(['llm', 'error', 'abandoned'])
    await traces.write([{ ...start, endedAt, output: 'late' }])
    const found = await traces.span(start.traceId, start.spanId)
    expect(found).toMatchObject({ kind: 'llm', status: 'ok', endedAt, output: 'late' })
    expect(found).not.toHaveProperty('error')
  })

  it('leaves the end that comes meanwhile', async () => {
    const traces = await emptyStore()
    const { endedAt, ...start } = call(1)
    await traces.write([start])
    const late = new Proxy(traces, {
      get:
        (store, name) =>
        async (...args: never[]) => {
          if (name === 'write') await store.write([{ ...call(1), output: 'late' }])
          return (store[name as keyof TraceStore] as (...args: never[]) => unknown).apply(store, args)
        },
    })
    await renormalise(late)
    expect(await traces.span(start.traceId, start.spanId)).toMatchObject({
      kind: 'llm',
      status: 'ok',
      endedAt,
      output: 'late',
    })
  })

  it('refuses wrong options before it reads anything', async () => {
    const traces = await emptyStore()
    const wrong = { batch: 0, limit: 1, onProgress: 5, signal: {} }
    await expect(renormalise(traces, wrong as never)).rejects.toMatchObject({
      code: 'invalid',
      problems: { length: 4 },
    })
  })
})
