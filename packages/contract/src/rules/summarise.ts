import type { Owners, Span, SpanKind } from '../span.js'
import type { Timestamp } from '../time.js'
import type { Tokens, TraceSummary } from '../traces.js'
import { compact } from './fields.js'
import { previewOf } from './preview.js'
import { OWNERS } from './record-fields.js'

/** How many distinct models or tools a summary names. */
export const MAX_NAMES = 50

/** What a summary needs of a span: no payloads. */
export interface SpanFacts extends Owners {
  spanId: string
  parentId?: string
  name: string
  kind: SpanKind
  status: Span['status']
  startedAt: Timestamp
  endedAt?: Timestamp
  model?: string
  tool?: string
  tokens: Tokens
  /** US dollars times 1e9: whole numbers, whose sum does not depend on their order. */
  costNanos: number
  inputPreview?: string
  outputPreview?: string
}

/** A place in the order of spans: start, then span id. */
type Place = readonly [Timestamp, string]

/** A summary, and what is needed to join it with another of the same trace over other spans. */
export interface SummaryState {
  summary: TraceSummary
  costNanos: number
  /** Where the root was found: whether it has a parent, its start, its span id. */
  root: readonly [0 | 1, Timestamp, string]
  /** Where each owner was found. */
  owners: Partial<Record<keyof Owners, Place>>
}

export function factsOf(span: Span): SpanFacts {
  const llm = span.kind === 'llm' ? span.detail : undefined
  return compact({
    spanId: span.spanId,
    parentId: span.parentId,
    name: span.name,
    kind: span.kind,
    status: span.status,
    startedAt: span.startedAt,
    endedAt: span.endedAt,
    ...ownersOf(span),
    model: span.kind === 'llm' || span.kind === 'run' ? span.detail?.model : undefined,
    tool: span.kind === 'tool' ? span.detail?.tool : undefined,
    tokens: {
      prompt: llm?.promptTokens ?? 0,
      completion: llm?.completionTokens ?? 0,
      cacheRead: llm?.cacheReadTokens ?? 0,
      cacheWrite: llm?.cacheWriteTokens ?? 0,
      reasoning: llm?.reasoningTokens ?? 0,
    },
    costNanos: Math.round((llm?.cost ?? 0) * 1e9),
    inputPreview: previewOf(span.input),
    outputPreview: previewOf(span.output),
  })
}

/** The summary of a set of spans of one trace, each there once. */
export function summarise(traceId: string, spans: readonly SpanFacts[]): SummaryState {
  return spans.map((span) => summaryOfOne(traceId, span)).reduce(mergeSummaries)
}

/** The summary of the union of two disjoint sets of spans: associative and commutative. */
export function mergeSummaries(a: SummaryState, b: SummaryState): SummaryState {
  const first = compareRoots(a.root, b.root) <= 0 ? a : b
  const costNanos = a.costNanos + b.costNanos
  const errors = a.summary.errors + b.summary.errors
  const running = a.summary.running + b.summary.running
  const state: SummaryState = {
    costNanos,
    root: first.root,
    owners: {},
    summary: compact({
      traceId: a.summary.traceId,
      name: first.summary.name,
      kind: first.summary.kind,
      rootSpanId: first.summary.rootSpanId,
      status: errors > 0 ? 'error' : running > 0 ? 'running' : 'ok',
      startedAt: Math.min(a.summary.startedAt, b.summary.startedAt),
      endedAt: latest(a.summary.endedAt, b.summary.endedAt),
      spans: a.summary.spans + b.summary.spans,
      errors,
      running,
      kinds: addAll(a.summary.kinds, b.summary.kinds),
      tokens: addAll(a.summary.tokens, b.summary.tokens) as Tokens,
      cost: costNanos / 1e9,
      models: names(a.summary.models, b.summary.models),
      tools: names(a.summary.tools, b.summary.tools),
      inputPreview: first.summary.inputPreview,
      outputPreview: first.summary.outputPreview,
    }),
  }
  for (const field of OWNERS) {
    const holder = earlier(a.owners[field], b.owners[field])
    if (holder === undefined) continue
    state.owners[field] = holder
    state.summary[field] = (holder === a.owners[field] ? a : b).summary[field]
  }
  return state
}

function summaryOfOne(traceId: string, span: SpanFacts): SummaryState {
  const place: Place = [span.startedAt, span.spanId]
  const owners = ownersOf(span)
  return {
    costNanos: span.costNanos,
    root: [span.parentId === undefined ? 0 : 1, ...place],
    owners: Object.fromEntries(Object.keys(owners).map((field) => [field, place])),
    summary: compact({
      traceId,
      name: span.name,
      kind: span.kind,
      rootSpanId: span.spanId,
      status: span.status,
      startedAt: span.startedAt,
      endedAt: span.endedAt,
      ...owners,
      spans: 1,
      errors: span.status === 'error' ? 1 : 0,
      running: span.status === 'running' ? 1 : 0,
      kinds: { [span.kind]: 1 },
      tokens: span.tokens,
      cost: span.costNanos / 1e9,
      models: span.model === undefined ? [] : [span.model],
      tools: span.tool === undefined ? [] : [span.tool],
      inputPreview: span.inputPreview,
      outputPreview: span.outputPreview,
    }),
  }
}

function ownersOf(span: Owners): Owners {
  const owners: Owners = {}
  for (const field of OWNERS) if (span[field] !== undefined) owners[field] = span[field]
  return owners
}

function compareRoots(a: SummaryState['root'], b: SummaryState['root']): number {
  return a[0] - b[0] || comparePlaces([a[1], a[2]], [b[1], b[2]])
}

function comparePlaces(a: Place, b: Place): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : 1)
}

function earlier(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return comparePlaces(a, b) <= 0 ? a : b
}

function latest(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}

function addAll<T extends object>(a: T, b: T): T {
  const sum = { ...a } as Record<string, number>
  for (const [key, value] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + (value as number)
  return sum as T
}

/** The least of both lists, by code unit: the least 50 of a union are the same however it was put together. */
function names(a: readonly string[], b: readonly string[]): string[] {
  if (b.length === 0) return a as string[]
  return [...new Set([...a, ...b])].sort().slice(0, MAX_NAMES)
}
