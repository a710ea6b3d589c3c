import assert from 'node:assert/strict'
import type { Trace, TraceStore } from '@freehold/contract'
import { law } from '../case.js'
import { numberedSpan } from '../tasks.js'
import { listedOf, range, traceId, traceOf } from './spans.js'

/** What the summary in a list counts, and the same counted from the spans of {@link numberedSpan}. */
async function counts(traces: TraceStore, { summary: own, spans }: Trace) {
  const summary = await listedOf(traces, own)
  assert.ok(summary, 'the trace is not in the list')
  assert.deepEqual(summary, own, 'a list shows another summary than the trace')
  const told = [summary.spans, summary.errors, summary.tokens.prompt, summary.tokens.completion, summary.endedAt]
  const errors = spans.filter((span) => span.status === 'error').length
  const latest = Math.max(...spans.map((span) => span.endedAt ?? 0))
  return { told, counted: [spans.length, errors, spans.length * 10, spans.length, latest] }
}

async function deliver(traces: TraceStore, trace: string, spans: number): Promise<void> {
  for (const at of range(spans / 50)) await traces.write(range(50, at * 50).map((n) => numberedSpan(trace, n)))
}

const NEEDS = { needs: ['processes'] } as const

export const processCases = [
  law(
    'processes that write one trace at the same time lose nothing',
    async ({ storage, processes }) => {
      await processes(4, 'writeSpans', { traceId: traceId(1), spans: 100, batch: 10 })
      const trace = await traceOf(storage.traces)
      const { told, counted } = await counts(storage.traces, trace)
      assert.equal(trace.spans.length, 400)
      assert.deepEqual(told, counted)
    },
    NEEDS,
  ),

  law(
    'a process killed while it writes leaves summaries that match their spans',
    async ({ storage, kill }) => {
      for (const [n, delay] of [3, 20, 60, 150].entries()) {
        const trace = traceId(n + 1)
        await kill('writeSpans', { traceId: trace, spans: 1000, batch: 10 }, delay)
        const left = await storage.traces.get(trace)
        if (left !== null) {
          const { told, counted } = await counts(storage.traces, left)
          assert.deepEqual(told, counted, `after a kill at ${delay} ms`)
        }
        await deliver(storage.traces, trace, 1000)
        const whole = await traceOf(storage.traces, n + 1)
        const { told, counted } = await counts(storage.traces, whole)
        assert.equal(whole.spans.length, 1000)
        assert.deepEqual(told, counted, `after a kill at ${delay} ms and re-delivery`)
      }
    },
    NEEDS,
  ),
]
