import type { LlmDetail, Owners, Span, SpanStatus, ToolDetail } from '../span.js'
import type { Timestamp } from '../time.js'
import type { SpanSummary, Tokens, TraceSummary } from '../traces.js'
import { compact } from './fields.js'
import { comparePlaces, earlier, isBefore } from './places.js'
import { previewOf } from './preview.js'
import { OWNERS } from './record-fields.js'
import type { SpanFacts, SummaryState } from './summary-state.js'
import { holdLabels, joinLabels, type LabelHolders, showLabels, shownLabels } from './trace-labels.js'

/** How many distinct models or tools a summary names. */
export const MAX_NAMES = 50

export function factsOf(span: Span): SpanFacts {
  return factsFrom(span, span)
}

/** The same of a span whose values stand apart. */
export function factsFrom(
  span: Omit<Span, 'detail' | 'input' | 'output' | 'traceId'>,
  values: Partial<Pick<Span, 'detail' | 'input' | 'output'>>,
): SpanFacts {
  const { spanId, parentId, name, kind, status, startedAt, endedAt } = span
  const detail = values.detail as (LlmDetail & ToolDetail) | undefined
  const llm = kind === 'llm' ? detail : undefined
  const tokens = {
    prompt: llm?.promptTokens ?? 0,
    completion: llm?.completionTokens ?? 0,
    cacheRead: llm?.cacheReadTokens ?? 0,
    cacheWrite: llm?.cacheWriteTokens ?? 0,
    reasoning: llm?.reasoningTokens ?? 0,
  }
  const costNanos = Math.round((llm?.cost ?? 0) * 1e9)
  const facts: SpanFacts = { spanId, name, kind, status, startedAt, tokens, costNanos }
  if (parentId !== undefined) facts.parentId = parentId
  if (endedAt !== undefined) facts.endedAt = endedAt
  for (const owner of OWNERS) if (span[owner] !== undefined) facts[owner] = span[owner]
  if (span.labels !== undefined) facts.labels = span.labels
  const model = kind === 'llm' || kind === 'run' ? detail?.model : undefined
  if (model !== undefined) facts.model = model
  const tool = kind === 'tool' ? detail?.tool : undefined
  if (tool !== undefined) facts.tool = tool
  const inputPreview = previewOf(values.input)
  if (inputPreview !== undefined) facts.inputPreview = inputPreview
  const outputPreview = previewOf(values.output)
  if (outputPreview !== undefined) facts.outputPreview = outputPreview
  return facts
}

/** What a list shows of a span. */
export function summaryOf({ costNanos, ...facts }: SpanFacts & { traceId: string }): SpanSummary {
  return { ...facts, cost: costNanos / 1e9 }
}

/** The summary of a set of spans of one trace, each there once; as {@link mergeSummaries} of those of each. */
export function summarise(traceId: string, spans: readonly SpanFacts[]): SummaryState {
  const [first] = spans as readonly [SpanFacts]
  let root = first
  let startedAt = first.startedAt
  let endedAt: Timestamp | undefined
  let errors = 0
  let running = 0
  let costNanos = 0
  const tokens = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
  const kinds: TraceSummary['kinds'] = {}
  const models = new Set<string>()
  const tools = new Set<string>()
  const holders: Partial<Record<keyof Owners, SpanFacts>> = {}
  let labelled: LabelHolders | undefined
  for (const span of spans) {
    if (isRootBefore(span, root)) root = span
    if (span.startedAt < startedAt) startedAt = span.startedAt
    if (span.endedAt !== undefined && (endedAt === undefined || span.endedAt > endedAt)) endedAt = span.endedAt
    if (span.status === 'error') errors += 1
    else if (span.status === 'running') running += 1
    costNanos += span.costNanos
    tokens.prompt += span.tokens.prompt
    tokens.completion += span.tokens.completion
    tokens.cacheRead += span.tokens.cacheRead
    tokens.cacheWrite += span.tokens.cacheWrite
    tokens.reasoning += span.tokens.reasoning
    kinds[span.kind] = (kinds[span.kind] ?? 0) + 1
    if (span.model !== undefined) models.add(span.model)
    if (span.tool !== undefined) tools.add(span.tool)
    if (span.labels !== undefined) labelled = holdLabels(labelled ?? new Map(), span)
    for (const owner of OWNERS) {
      if (span[owner] === undefined) continue
      const holder = holders[owner]
      if (holder === undefined || isBefore(span, holder)) holders[owner] = span
    }
  }
  const owners: SummaryState['owners'] = {}
  const owned: Owners = {}
  for (const owner of OWNERS) {
    const holder = holders[owner]
    if (holder === undefined) continue
    owners[owner] = [holder.startedAt, holder.spanId]
    owned[owner] = holder[owner]!
  }
  const state: SummaryState = {
    costNanos,
    root: [root.parentId === undefined ? 0 : 1, root.startedAt, root.spanId],
    owners,
    summary: compact({
      traceId,
      name: root.name,
      kind: root.kind,
      rootSpanId: root.spanId,
      status: statusOf(errors, running),
      startedAt,
      endedAt,
      ...owned,
      spans: spans.length,
      errors,
      running,
      kinds,
      tokens,
      cost: costNanos / 1e9,
      models: firstOf(models),
      tools: firstOf(tools),
      inputPreview: root.inputPreview,
      outputPreview: root.outputPreview,
    }),
  }
  return showLabels(state, labelled && shownLabels(labelled))
}

/** One without a parent comes before all others. */
function isRootBefore(a: SpanFacts, b: SpanFacts): boolean {
  const [isRoot, isOther] = [a.parentId === undefined, b.parentId === undefined]
  return isRoot === isOther ? isBefore(a, b) : isRoot
}

function statusOf(errors: number, running: number): SpanStatus {
  if (errors > 0) return 'error'
  return running > 0 ? 'running' : 'ok'
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
      status: statusOf(errors, running),
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
  return showLabels(state, joinLabels(a, b))
}

function compareRoots(a: SummaryState['root'], b: SummaryState['root']): number {
  return a[0] - b[0] || comparePlaces([a[1], a[2]], [b[1], b[2]])
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

function names(a: readonly string[], b: readonly string[]): string[] {
  if (b.length === 0) return a as string[]
  return firstOf(new Set([...a, ...b]))
}

/** The least, by code unit: the least 50 of a union are the same however it was put together. */
function firstOf(names: ReadonlySet<string>): string[] {
  return names.size === 0 ? [] : [...names].sort().slice(0, MAX_NAMES)
}
