import { setTimeout as sleep } from 'node:timers/promises'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { context, type Tracer, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { sampleOf } from '../measure.js'
import { type Measured, withBudget } from '../result.js'
import type { Bench, Pair } from './scenario.js'

/** How many agents run at the same time, and how long each of their calls of a model takes, in milliseconds. */
const [AGENTS, CALL] = [300, 1_000]
/** Of the 20 spans of an agent the run and its two calls last long enough to be told while they run. */
const [CALLS, SHORT] = [2, 17]
/** How much more it may cost to tell of what runs than to tell of ends alone. */
const MOST = 1.3
const TEXT = 'x'.repeat(1_000)

/**
 * What it costs to see runs while they go on: time of the processor for the same agents, with and without. Where the database is
 * another process its own work is not in it.
 */
export async function live({ sizes, say }: Bench, { a }: Pair): Promise<Measured[]> {
  say('runs that are seen while they go on')
  const times = { with: [] as number[], without: [] as number[] }
  for (let repetition = 0; repetition <= sizes.repetitions; repetition++)
    for (const name of ['with', 'without'] as const) {
      const processor = new FreeholdSpanProcessor(a.freehold.traces, { live: name === 'with' })
      const provider = new BasicTracerProvider({ spanProcessors: [processor] })
      const before = process.cpuUsage()
      await Promise.all(Array.from({ length: AGENTS }, () => runAgent(provider.getTracer('bench'))))
      await provider.shutdown()
      const { user, system } = process.cpuUsage(before)
      times[name].push((user + system) / 1_000)
    }
  // The first of each warms up.
  const [withLive, without] = [times.with, times.without].map((each) => sampleOf(each.slice(1)))
  const ratio = withLive!.median / without!.median
  const measured: Measured = {
    what: `${(AGENTS * (1 + CALLS + SHORT)).toLocaleString('en-US')} spans of runs, seen while they go on, beside their ends alone`,
    unit: 'ms',
    freehold: withLive!.median,
    range: [withLive!.least, withLive!.most],
    raw: without!.median,
    share: without!.median / withLive!.median,
  }
  return [withBudget(measured, `≤ ${MOST}×`, ratio <= MOST)]
}

async function runAgent(tracer: Tracer): Promise<void> {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', input: TEXT }
  const answer = { output: TEXT, 'gen_ai.usage.input_tokens': 250, 'gen_ai.usage.output_tokens': 250 }
  const run = tracer.startSpan('invoke_agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } })
  const within = trace.setSpan(context.active(), run)
  for (let call = 0; call < CALLS; call++) {
    const model = tracer.startSpan('chat gpt-5', { attributes }, within)
    await sleep(CALL)
    model.setAttributes(answer).end()
  }
  for (let n = 0; n < SHORT; n++) tracer.startSpan('execute_tool', { attributes }, within).setAttributes(answer).end()
  run.end()
}
