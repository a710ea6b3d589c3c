import { race, type Side } from '../measure.js'
import { lineOf, type Measured, withBudget } from '../result.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import { callsWithin, repeat } from './calls.js'
import type { Bench, Pair } from './scenario.js'

const PAGE = 50
const GROWTH = 1.5

/** Both sides read the same tables. */
export async function listing({ sizes, say }: Bench, { a }: Pair): Promise<Measured[]> {
  const spans = batchOf(1, SPANS_PER_TRACE, Date.UTC(2026, 0, 1))
  await a.freehold.traces.write(spans)
  const model = await a.raw.traceRows([spans[0]!.traceId])
  const lines: Measured[] = []
  let loaded = 1
  for (const traces of sizes.traces) {
    say(`loading ${traces} traces`)
    await a.raw.loadTraces(model, loaded, traces)
    await a.raw.settle()
    loaded = traces
    say(`listing of ${traces} traces`)
    const items = await callsWithin(sizes.lists, () => a.raw.newestTraces(PAGE))
    const freehold: Side = async () => () => repeat(items, () => a.freehold.traces.find({}, { limit: PAGE }))
    const raw: Side = async () => () => repeat(items, () => a.raw.newestTraces(PAGE))
    const what = `list the ${PAGE} newest of ${thousands(traces)} traces`
    lines.push(lineOf({ what, unit: 'ms', items, ...(await race(sizes.repetitions, freehold, raw)) }))
  }
  return [...lines, growthOf(lines[0]!, lines[1]!, sizes.traces)]
}

export async function reading({ sizes, say }: Bench, { a }: Pair): Promise<Measured[]> {
  say('get of one trace')
  const batch = batchOf(1, SPANS_PER_TRACE * Math.max(sizes.gets, 10), Date.now())
  for (let at = 0; at < batch.length; at += sizes.batch)
    await a.freehold.traces.write(batch.slice(at, at + sizes.batch))
  await a.raw.settle()
  const ids = [...new Set(batch.map((span) => span.traceId))]
  const traceId = (call: number) => ids[call % ids.length]!
  const freehold: Side = async () => () => repeat(sizes.gets, (call) => a.freehold.traces.get(traceId(call)))
  const raw: Side = async () => () => repeat(sizes.gets, (call) => a.raw.trace(traceId(call)))
  const what = `get one trace of ${SPANS_PER_TRACE} spans`
  return [lineOf({ what, unit: 'ms', items: sizes.gets, ...(await race(sizes.repetitions, freehold, raw)) })]
}

function growthOf(few: Measured, many: Measured, [least, most]: [number, number]): Measured {
  const growth = many.freehold / few.freehold
  const line: Measured = {
    what: `the same at ${thousands(most)} against ${thousands(least)}`,
    unit: '×',
    freehold: growth,
    raw: many.raw! / few.raw!,
  }
  return withBudget(line, `≤ ${GROWTH}`, growth <= GROWTH)
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}
