import { setTimeout as sleep } from 'node:timers/promises'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { context, type Tracer, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { sampleOf } from '../measure.js'
import { type Measured, withBudget } from '../result.js'
import type { Bench, Pair } from './scenario.js'

/**
 * Agents that run at the same time: of each the run and its calls of a model last long enough to be told while they run. Of the
 * spans of recorded traces three quarters do.
 */
const SHAPES = [
  { agents: 300, calls: 2, short: 17 },
  { agents: 600, calls: 4, short: 1 },
]
type Shape = (typeof SHAPES)[number]
/** How long a call of a model takes, in milliseconds. */
const CALL = 1_000
/** How much more it may cost to tell of what runs than to tell of ends alone. */
const MOST = 1.3
const TEXT = 'x'.repeat(1_000)

/**
 * What it costs to see runs while they go on: time of the processor for the same agents, with and without. Where the database is
 * another process its own work is not in it.
 */
export async function live(bench: Bench, pair: Pair): Promise<Measured[]> {
  bench.say('runs that are seen while they go on')
  const measured: Measured[] = []
  for (const shape of SHAPES) measured.push(await seen(bench, pair, shape))
  return measured
}

async function seen({ sizes }: Bench, { a }: Pair, shape: Shape): Promise<Measured> {
  const { agents, calls, short } = shape
  const times = { with: [] as number[], without: [] as number[] }
  // One for all repetitions: what may be told at once is told in the first.
  const providers = { with: providerOf(a, true), without: providerOf(a, false) }
  for (let repetition = 0; repetition <= sizes.repetitions; repetition++)
    for (const name of repetition % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
      const provider = providers[name]
      const before = process.cpuUsage()
      await Promise.all(Array.from({ length: agents }, () => runAgent(provider.getTracer('bench'), shape)))
      await provider.forceFlush()
      const { user, system } = process.cpuUsage(before)
      times[name].push((user + system) / 1_000)
    }
  for (const provider of Object.values(providers)) await provider.shutdown()
  // The first of each warms up.
  const [withLive, without] = [times.with, times.without].map((each) => sampleOf(each.slice(1)))
  const ratio = withLive!.median / without!.median
  const measured: Measured = {
    what: `${(agents * (1 + calls + short)).toLocaleString('en-US')} spans, ${1 + calls} of ${1 + calls + short} of which run for long, beside their ends alone`,
    unit: 'ms',
    freehold: withLive!.median,
    range: [withLive!.least, withLive!.most],
    raw: without!.median,
    share: without!.median / withLive!.median,
  }
  return withBudget(measured, `≤ ${MOST}×`, ratio <= MOST)
}

function providerOf({ freehold }: Pair['a'], live: boolean): BasicTracerProvider {
  return new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(freehold.traces, { live })] })
}

async function runAgent(tracer: Tracer, { calls, short }: Shape): Promise<void> {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5', input: TEXT }
  const answer = { output: TEXT, 'gen_ai.usage.input_tokens': 250, 'gen_ai.usage.output_tokens': 250 }
  const run = tracer.startSpan('invoke_agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } })
  const within = trace.setSpan(context.active(), run)
  for (let call = 0; call < calls; call++) {
    const model = tracer.startSpan('chat gpt-5', { attributes }, within)
    await sleep(CALL)
    model.setAttributes(answer).end()
  }
  for (let n = 0; n < short; n++) tracer.startSpan('execute_tool', { attributes }, within).setAttributes(answer).end()
  run.end()
}
