import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FreeholdSpanProcessor } from '@freehold/otel'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { type Sample, sampleOf } from '../measure.js'
import { type Measured, withBudget } from '../result.js'
import type { Bench, Pair } from './scenario.js'

/** Spans a second, as many agents at once end them. */
const RATE = 2_000
/** Most microseconds that a span may hold the thread that ended it, for 99 of 100. */
const MOST = 50
const TEXT = 'x'.repeat(1_000)

/** How long the end of a span holds the agent's thread, beside the processor that OpenTelemetry brings, whose exporter does nothing. */
export async function recording({ sizes, say }: Bench, { a }: Pair): Promise<Measured[]> {
  say('recording spans')
  const directory = await mkdtemp(join(tmpdir(), 'freehold-bench-'))
  const { traces } = a.freehold
  const sides = {
    memory: () => new FreeholdSpanProcessor(traces),
    disk: () => new FreeholdSpanProcessor(traces, { spool: { directory }, durable: true }),
    batch: () => new BatchSpanProcessor(NOWHERE, { maxQueueSize: 50_000 }),
  }
  const times = { memory: noTimes(), disk: noTimes(), batch: noTimes() }
  try {
    for (let repetition = 0; repetition <= sizes.repetitions; repetition++)
      for (const name of Object.keys(sides) as (keyof typeof sides)[]) {
        const { p50, p99 } = await timesOf(sides[name](), sizes.recorded)
        times[name].p50.push(p50)
        times[name].p99.push(p99)
      }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const line = (what: string, part: 'p50' | 'p99', side: 'memory' | 'disk') => {
    // The first of each warms up.
    const [ours, theirs] = [times[side], times.batch].map((each) => sampleOf(each[part].slice(1))) as [Sample, Sample]
    const measured: Measured = {
      what: `${what}, ${part}, beside BatchSpanProcessor`,
      unit: 'µs',
      freehold: ours.median,
      range: [ours.most, ours.least],
      raw: theirs.median,
      share: theirs.median / ours.median,
    }
    return part === 'p99' ? withBudget(measured, `< ${MOST} µs`, ours.median < MOST) : measured
  }
  return [
    line('end of a span', 'p50', 'memory'),
    line('end of a span', 'p99', 'memory'),
    line('end of a span, durable', 'p50', 'disk'),
    line('end of a span, durable', 'p99', 'disk'),
  ]
}

const NOWHERE = {
  export: (_: ReadableSpan[], done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: async () => {},
}

/** In microseconds, of each repetition. */
function noTimes(): { p50: number[]; p99: number[] } {
  return { p50: [], p99: [] }
}

/** Of what a processor does when so many spans end, at the rate of the scenario and while those before them are written. */
async function timesOf(processor: SpanProcessor, spans: number): Promise<{ p50: number; p99: number }> {
  const times: number[] = []
  const timed: SpanProcessor = {
    onStart: () => {},
    onEnd(span) {
      const start = performance.now()
      processor.onEnd(span)
      times.push((performance.now() - start) * 1_000)
    },
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  }
  const provider = new BasicTracerProvider({ spanProcessors: [timed] })
  const tracer = provider.getTracer('bench')
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', input: TEXT, output: TEXT }
  const begin = performance.now()
  for (let done = 0; done < spans; ) {
    const due = Math.min(spans, ((performance.now() - begin) * RATE) / 1_000)
    for (; done < due; done++) tracer.startSpan('chat gpt-5', { attributes }).end()
    await sleep(5)
  }
  await provider.shutdown()
  times.sort((one, other) => one - other)
  return { p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! }
}
