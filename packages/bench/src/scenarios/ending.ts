import type { SpanInput } from '@freehold/contract'
import { inTurns, type Side } from '../measure.js'
import { lineOf, type Measured } from '../result.js'
import { traceOf } from '../spans.js'
import type { Bench, Write } from './scenario.js'
import { timeAndRatio } from './times.js'

/** How much longer than in a short trace it may take in a long one. */
const GROWTH = 1.5

/** Telling the end of one span, whatever else its trace has. */
export async function ending({ sizes, say }: Bench, write: Write): Promise<Measured[]> {
  const { ended, ends, repetitions } = sizes
  say(`the end of a span in a trace of ${ended[1]}`)
  const side = async (spans: number, place: number): Promise<Side> => {
    // Short traces have not spans enough for every repetition: there each has its own.
    const traces = Array.from({ length: repetitions + 1 }, (_, i) => traceOf(place * 100 + i, Date.now(), spans))
    const running = spans > ends * (repetitions + 1) ? traces.slice(0, 1) : traces
    const open: SpanInput[] = []
    for (const trace of running) {
      const calls = trace.slice(1, 1 + (running.length === 1 ? ends * (repetitions + 1) : ends))
      open.push(...calls)
      const started = trace.map((span) => (calls.includes(span) ? startOf(span) : span))
      for (let at = 0; at < spans; at += sizes.batch) await write(started.slice(at, at + sizes.batch))
    }
    return async (repetition) => {
      const told = open.slice(repetition * ends, (repetition + 1) * ends)
      return async () => {
        for (const span of told) {
          const { updated } = await write([span])
          if (updated !== 1) throw new Error('the end of a span was not taken')
        }
      }
    }
  }
  const times = await inTurns(repetitions, { short: await side(ended[0], 1), long: await side(ended[1], 2) })
  const [short, long] = ended.map((spans) => `a trace of ${spans.toLocaleString('en-US')}`) as [string, string]
  const what = 'tell the end of one span in'
  const against = { what: short, sample: times.short }
  return [
    lineOf({ what: `${what} ${short}`, unit: 'ms', items: ends, freehold: times.short }),
    ...timeAndRatio({ what: `${what} ${long}`, sample: times.long, against, most: GROWTH, calls: ends }),
  ]
}

function startOf({ endedAt: _, output: __, ...span }: SpanInput): SpanInput {
  return span
}
