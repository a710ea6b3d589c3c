import { type Span, type SpanKind, type SpanNode, type SpanStatus, type Timestamp, treeOf } from '@freehold/contract'

/** A step of a run: a span, without its payloads. */
export interface RunStep {
  traceId: string
  spanId: string
  /** 0 for a root. */
  depth: number
  kind: SpanKind
  name: string
  status: SpanStatus
  model?: string
  tool?: string
  startedAt: Timestamp
  endedAt?: Timestamp
}

/** The steps of a run, as its tree is read from above, with the span of each and what tells its place. */
export function stepsOf(spans: readonly Span[]): { step: RunStep; span: Span; place: string }[] {
  const steps: { step: RunStep; span: Span; place: string }[] = []
  // Without recursion: a chain of spans may be as long as a trace.
  const open: { node: SpanNode; depth: number }[] = treeOf(spans)
    .toReversed()
    .map((node) => ({ node, depth: 0 }))
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next
    if (node.span !== undefined) {
      const step = stepOf(node.span, depth)
      steps.push({ step, span: node.span, place: placeOf(step) })
    }
    for (const child of node.children.toReversed()) open.push({ node: child, depth: depth + 1 })
  }
  return steps
}

function stepOf(span: Span, depth: number): RunStep {
  const { traceId, spanId, kind, name, status, startedAt, endedAt } = span
  const model = span.kind === 'llm' || span.kind === 'run' ? span.detail?.model : undefined
  const tool = span.kind === 'tool' ? span.detail?.tool : undefined
  return {
    traceId,
    spanId,
    depth,
    kind,
    name,
    status,
    startedAt,
    ...(model === undefined ? {} : { model }),
    ...(tool === undefined ? {} : { tool }),
    ...(endedAt === undefined ? {} : { endedAt }),
  }
}

function placeOf({ depth, kind, name, tool }: RunStep): string {
  return `${depth} ${kind} ${kind === 'llm' ? '' : (tool ?? name)}`
}
