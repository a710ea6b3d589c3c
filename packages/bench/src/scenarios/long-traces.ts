import { race, type Side } from '../measure.js'
import { lineOf, type Measured, withBudget } from '../result.js'
import { traceOf } from '../spans.js'
import { callsWithin, repeat } from './calls.js'
import type { Bench, Pair } from './scenario.js'

const SHARE = 0.5

/** One trace whole, and in outline. Both sides read the same tables. */
export async function longTraces({ sizes, say }: Bench, { a }: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  for (const [place, spans] of sizes.longTraces.entries()) {
    say(`a trace of ${spans} spans`)
    const trace = traceOf(place + 1, Date.now(), spans)
    for (let at = 0; at < spans; at += sizes.batch) await a.freehold.traces.write(trace.slice(at, at + sizes.batch))
    await a.raw.settle()
    const { traceId } = trace[0]!
    const items = await callsWithin(sizes.gets, () => a.freehold.traces.get(traceId))
    const side = (call: () => Promise<unknown>): Side => {
      return async () => () => repeat(items, call)
    }
    const measure = async (what: string, freehold: () => Promise<unknown>, raw: () => Promise<unknown>) => {
      const times = await race(sizes.repetitions, side(freehold), side(raw))
      const line = lineOf({ what: `${what} of a trace of ${count(spans)} spans`, unit: 'ms', items, ...times })
      const isLongest = spans === Math.max(...sizes.longTraces)
      lines.push(isLongest ? withBudget(line, `share ≥ ${SHARE}`, line.share! >= SHARE) : line)
    }
    await measure(
      'get',
      () => a.freehold.traces.get(traceId),
      () => a.raw.trace(traceId),
    )
    await measure(
      'outline',
      () => a.freehold.traces.outline(traceId),
      () => a.raw.outline(traceId),
    )
  }
  return lines
}

function count(spans: number): string {
  return spans.toLocaleString('en-US')
}
