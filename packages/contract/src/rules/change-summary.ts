import type { Tokens } from '../traces.js'
import { OWNERS } from './record-fields.js'
import { mergeSummaries, summarise } from './summarise.js'
import type { SpanFacts, SummaryState } from './summary-state.js'
import { losesLabels, retoldLabels, showLabels } from './trace-labels.js'

/** What lists and sums read of a span, before and after it was told more of. */
export interface SpanChange {
  before: SpanFacts
  after: SpanFacts
}

/**
 * The summary of a trace of which one span, that was counted, became more by what another record told of it: the same as one
 * counted anew over all spans, whatever their number. `undefined` where only they can tell, as when the root turned out to
 * have a parent, or a model another name: what was least or first before may be any other span's now.
 */
export function changedSummary(state: SummaryState, { before, after }: SpanChange): SummaryState | undefined {
  if (isLost(state, before, after)) return undefined
  const { traceId } = state.summary
  const counted = mergeSummaries(withoutCounts(state, before), summarise(traceId, [after]))
  for (const owner of OWNERS) {
    if (state.owners[owner]?.[1] !== after.spanId) continue
    counted.owners[owner] = [after.startedAt, after.spanId]
    counted.summary[owner] = after[owner]!
  }
  showLabels(counted, retoldLabels(counted, after))
  if (state.root[2] !== after.spanId) return counted
  const own = summarise(traceId, [after])
  const { name, kind, rootSpanId, inputPreview, outputPreview } = own.summary
  const summary = { ...counted.summary, name, kind, rootSpanId }
  delete summary.inputPreview
  delete summary.outputPreview
  if (inputPreview !== undefined) summary.inputPreview = inputPreview
  if (outputPreview !== undefined) summary.outputPreview = outputPreview
  return { ...counted, root: own.root, summary }
}

/** True where the span may have been what the summary has from it, and is so no more. */
function isLost({ root }: SummaryState, before: SpanFacts, after: SpanFacts): boolean {
  return (
    (root[2] === before.spanId && before.parentId === undefined && after.parentId !== undefined) ||
    after.startedAt > before.startedAt ||
    (before.endedAt !== undefined && !(after.endedAt! >= before.endedAt)) ||
    (before.model !== undefined && before.model !== after.model) ||
    (before.tool !== undefined && before.tool !== after.tool) ||
    OWNERS.some((owner) => before[owner] !== undefined && after[owner] === undefined) ||
    losesLabels(before, after)
  )
}

/** The same without what was counted of a span: what is left of it is what it still has, or more of it. */
function withoutCounts(state: SummaryState, { kind, status, tokens, costNanos }: SpanFacts): SummaryState {
  const { summary } = state
  const kinds = { ...summary.kinds, [kind]: summary.kinds[kind]! - 1 }
  if (kinds[kind] === 0) delete kinds[kind]
  const left = Object.fromEntries(
    Object.entries(summary.tokens).map(([name, count]) => [name, count - tokens[name as keyof Tokens]]),
  ) as unknown as Tokens
  return {
    ...state,
    costNanos: state.costNanos - costNanos,
    summary: {
      ...summary,
      spans: summary.spans - 1,
      errors: summary.errors - (status === 'error' ? 1 : 0),
      running: summary.running - (status === 'running' ? 1 : 0),
      kinds,
      tokens: left,
    },
  }
}
