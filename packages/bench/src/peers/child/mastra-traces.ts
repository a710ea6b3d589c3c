import type { PlainSpan } from './plain.js'
import { ASKED, type ListFilter, type TraceWork } from './subject.js'

/** What is used of Mastra's domain of traces. */
export interface ObservabilityStore {
  batchCreateSpans(args: { records: object[] }): Promise<void>
  batchUpdateSpans(args: { records: object[] }): Promise<void>
  listTraces(args: object): Promise<{ spans: { traceId: string }[] }>
  listBranches(args: object): Promise<{ branches: { traceId: string }[] }>
  getTrace(args: { traceId: string }): Promise<{ spans: unknown[] } | null>
}

const TYPES = { run: 'agent_run', llm: 'model_generation', tool: 'tool_call' } as const

const FILTERS: Readonly<Record<Exclude<ListFilter, 'tool'>, object>> = {
  none: {},
  user: { userId: ASKED.userId },
  // Of the root, which here fails when one of its calls does: the cheaper of the two ways to ask.
  error: { status: 'error' },
}

/**
 * `batchCreateSpans`, and `batchUpdateSpans` for what ends; the vNext store is told of a start and of an end as a record
 * each, and keeps both.
 */
export function traceWork(store: ObservabilityStore, { isVNext }: { isVNext: boolean }): TraceWork {
  const create = (records: object[]) => () => store.batchCreateSpans({ records })
  const update = (records: object[]) => () => store.batchUpdateSpans({ records })
  return {
    batch: (spans) => create(spans.map(recordOf)),
    begun: (spans) => create(spans.map((span) => ({ ...recordOf(span), ...NOT_ENDED }))),
    ended: (spans) => (isVNext ? create(spans.map(recordOf)) : update(spans.map(updateOf))),
    async list(filter) {
      const page = { pagination: { page: 0, perPage: ASKED.page }, orderBy: { field: 'startedAt', direction: 'DESC' } }
      if (filter !== 'tool') {
        const { spans } = await store.listTraces({ filters: FILTERS[filter], ...page })
        return spans.map(({ traceId }) => traceId)
      }
      if (!isVNext) throw new Error('it has no list of traces by a tool that they called')
      const filters = { spanType: TYPES.tool, entityName: ASKED.tool }
      const { branches } = await store.listBranches({ filters, ...page })
      return branches.map(({ traceId }) => traceId)
    },
    async trace(traceId) {
      const trace = await store.getTrace({ traceId })
      return trace?.spans.length ?? 0
    },
  }
}

const NOT_ENDED = { endedAt: undefined, output: undefined, error: undefined }

function recordOf(span: PlainSpan): object {
  const { traceId, spanId, parentId, kind, name, userId, sessionId, startedAt, input, tool } = span
  return {
    traceId,
    spanId,
    parentSpanId: parentId,
    name,
    spanType: TYPES[kind],
    isEvent: false,
    ...(tool === undefined ? { entityType: 'agent', entityName: 'support' } : { entityType: 'tool', entityName: tool }),
    userId,
    sessionId,
    startedAt: new Date(startedAt),
    input,
    ...endOf(span),
  }
}

function endOf({ endedAt, output, failure, model, promptTokens, completionTokens }: PlainSpan): object {
  const usage = { inputTokens: promptTokens, outputTokens: completionTokens }
  return {
    endedAt: new Date(endedAt),
    output,
    error: failure === undefined ? undefined : { message: failure },
    attributes: model === undefined ? undefined : { model, provider: 'openai', usage },
  }
}

function updateOf(span: PlainSpan): object {
  const { traceId, spanId } = span
  return { traceId, spanId, updates: withoutUndefined(endOf(span)) }
}

/** A field that is there and undefined would be cleared. */
function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
