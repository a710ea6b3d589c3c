import { previewOf, type TraceStore, type TraceSummary } from '@freehold/contract'
import type { StoredTrace } from '../../src/reference/traces.js'
import type { Defect } from './defect.js'
import { spoiling } from './spoil.js'

type Traces = Map<string, StoredTrace>

/** Most spans of a batch whose traces are looked at, one by one: the law of the defect writes few, others write thousands. */
const MOST_LOOKED_AT = 50

/** Writes, and then makes every summary what `wrong` makes of it. */
export function summarising(law: string, name: string, wrong: (trace: StoredTrace) => Partial<TraceSummary>): Defect {
  return spoiling(
    'traces',
    law,
    name,
    (store, edit): Partial<TraceStore> => ({
      async write(spans) {
        const result = await store.write(spans)
        await edit((traces: Traces) => {
          for (const trace of traces.values()) Object.assign(trace.summary.summary, wrong(trace))
        })
        return result
      },
    }),
  )
}

const spansOf = (trace: StoredTrace) => [...trace.spans.values()].map((record) => record.span)

const inOrder = (trace: StoredTrace) =>
  spansOf(trace).sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))

export const summaryDefects: readonly Defect[] = [
  summarising(
    'any order and any batching of the same spans gives the same summary',
    'models are listed as they arrived',
    (trace) => {
      const models = spansOf(trace).flatMap((span) => (span.kind === 'llm' ? (span.detail?.model ?? []) : []))
      // Of more than a summary names, which ones it names is another law.
      return models.length > 50 ? {} : { models: [...new Set(models)] }
    },
  ),
  spoiling(
    'traces',
    'a preview does not depend on the order of keys',
    'a preview has the keys as they came last',
    (store, edit) => ({
      async write(spans) {
        const result = await store.write(spans)
        const told = spans.length === 1 ? spans[0]?.input : undefined
        if (typeof told !== 'object' || told === null || !('query' in told)) return result
        const inputPreview = JSON.stringify(told).slice(0, 200)
        await edit((traces: Traces) => Object.assign(traces.get(spans[0]!.traceId)!.summary.summary, { inputPreview }))
        return result
      },
    }),
  ),
  spoiling(
    'traces',
    'any order and any batching of the same spans gives the same summary',
    'a list shows the tools of the first batch',
    (store) => {
      const first = new Map<string, string[]>()
      return {
        async write(spans) {
          const result = await store.write(spans)
          for (const { traceId } of spans.length <= MOST_LOOKED_AT ? spans : []) {
            if (first.has(traceId)) continue
            const trace = await store.get(traceId).catch(() => null)
            if (trace !== null) first.set(traceId, trace.summary.tools)
          }
          return result
        },
        async find(query, page) {
          const found = await store.find(query, page)
          const items = found.items.map((item) => ({ ...item, tools: first.get(item.traceId) ?? item.tools }))
          return { ...found, items }
        },
      }
    },
  ),
  summarising('the status is error when any span failed whatever came first', 'the root decides', (trace) => ({
    status: trace.spans.get(trace.summary.summary.rootSpanId)!.span.status,
  })),
  summarising('the summary spans the earliest start and the latest end', 'the end of the latest start', (trace) => ({
    endedAt: inOrder(trace).at(-1)?.endedAt,
  })),
  summarising(
    'the owners are the first known in time and not the first that arrived',
    'the last user that is known',
    (trace) => {
      const users = inOrder(trace).flatMap(({ userId }) => userId ?? [])
      return users.length === 0 ? {} : { userId: users.at(-1) }
    },
  ),
  summarising('tokens and cost are counted on llm spans only', 'details of other spans are added', (trace) => {
    const others = spansOf(trace).flatMap((span) => (span.kind === 'other' ? (span.detail?.promptTokens ?? []) : []))
    const { tokens } = trace.summary.summary
    return { tokens: { ...tokens, prompt: tokens.prompt + others.reduce((sum: number, one) => sum + Number(one), 0) } }
  }),
  summarising(
    'the root names the trace and a trace without one is named by its earliest span',
    'a trace without a root is named by its least id',
    (trace) => {
      const spans = spansOf(trace)
      if (spans.some(({ parentId }) => parentId === undefined)) return {}
      return { name: spans.reduce((a, b) => (a.name > b.name ? a : b)).name }
    },
  ),
  summarising('previews are cut to 200 characters', 'previews are not cut', (trace) => {
    const { input } = trace.spans.get(trace.summary.summary.rootSpanId)!.span
    return typeof input === 'string' ? { inputPreview: input } : {}
  }),
  summarising('the preview of a chat is that of its last message', 'a chat is shown by its first message', (trace) => {
    const { input } = trace.spans.get(trace.summary.summary.rootSpanId)!.span
    return Array.isArray(input) ? { inputPreview: previewOf(input[0]) } : {}
  }),
  summarising(
    'a summary names the first 50 models and tools by name',
    'the first 50 that arrived are named',
    (trace) => {
      const tools = spansOf(trace).flatMap((span) => (span.kind === 'tool' ? (span.detail?.tool ?? []) : []))
      return { tools: [...new Set(tools)].slice(0, 50).sort() }
    },
  ),
]
