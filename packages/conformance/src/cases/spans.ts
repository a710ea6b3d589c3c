import assert from 'node:assert/strict'
import type { SpanInput, TraceStore, TraceSummary } from '@freehold/contract'

/** An instant that the cases count from. */
export const T0 = 1_750_000_000_000

export function traceId(n: number): string {
  return n.toString(16).padStart(32, '0')
}

export function spanId(n: number): string {
  return n.toString(16).padStart(16, '0')
}

/** Span `n` of trace 1, from `T0 + n` for ten milliseconds, unless `fields` say otherwise. */
export function span(n: number, fields: object = {}): SpanInput {
  return {
    traceId: traceId(1),
    spanId: spanId(n),
    name: `span ${n}`,
    startedAt: T0 + n,
    endedAt: T0 + n + 10,
    ...fields,
  } as SpanInput
}

export function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** The trace, which must be there. */
export async function traceOf(traces: TraceStore, n = 1) {
  const trace = await traces.get(traceId(n))
  if (trace === null) throw new Error(`trace ${n} was written and is not there`)
  return trace
}

/**
 * The summary of a trace, which a list must show as the trace itself does: a store may keep it for lists and count it
 * anew for the trace.
 */
export async function summaryOf(traces: TraceStore, n = 1) {
  const { summary } = await traceOf(traces, n)
  assert.deepEqual(await listedOf(traces, summary), summary, 'a list shows another summary than the trace')
  return summary
}

/** What a list shows of a trace. */
export async function listedOf(traces: TraceStore, { traceId, startedAt }: TraceSummary) {
  const { items } = await traces.find({ from: startedAt }, { limit: 1000 })
  return items.find((item) => item.traceId === traceId)
}

/** The only span of a trace. */
export async function onlySpan(traces: TraceStore, n = 1) {
  const { spans } = await traceOf(traces, n)
  if (spans.length !== 1) throw new Error(`trace ${n} has ${spans.length} spans, not 1`)
  return spans[0]!
}
