import type { SpanInput } from '@freehold/contract'
import { inTurns, type Side } from '../measure.js'
import { lineOf, type Measured } from '../result.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import { ending } from './ending.js'
import type { Bench, Pair, Write } from './scenario.js'
import { timeAndRatio } from './times.js'

/** How much longer than writing spans anew it may take to tell them again with a change, and to send them again as they are. */
const [CHANGED, UNCHANGED] = [3, 1]

export async function retelling(bench: Bench, { a }: Pair): Promise<Measured[]> {
  const write: Write = (spans) => a.freehold.traces.write(spans)
  return [...(await again(bench, write)), ...(await ending(bench, write))]
}

async function again({ sizes, say }: Bench, write: Write): Promise<Measured[]> {
  say(`telling ${sizes.retold} spans again`)
  let seed = 1
  let told: SpanInput[] = []
  const telling = (spans: readonly SpanInput[], field: 'written' | 'updated' | 'duplicates') => async () => {
    for (let at = 0; at < spans.length; at += sizes.batch) {
      const batch = spans.slice(at, at + sizes.batch)
      const { [field]: count } = await write(batch)
      if (count !== batch.length) throw new Error(`of ${batch.length} spans ${count} were ${field}`)
    }
  }
  const anew: Side = async () => {
    told = batchOf(seed, sizes.retold, Date.now())
    seed += Math.ceil(sizes.retold / SPANS_PER_TRACE)
    return telling(told, 'written')
  }
  const changed: Side = async () => {
    told = told.map((span) => ({ ...span, endedAt: span.endedAt! + 1000, output: { told: 'again' } }))
    return telling(told, 'updated')
  }
  const unchanged: Side = async () => telling(structuredClone(told), 'duplicates')
  const times = await inTurns(sizes.repetitions, { anew, changed, unchanged })
  const spans = `${sizes.retold.toLocaleString('en-US')} spans, batches of ${sizes.batch}`
  const against = { what: 'writing them', sample: times.anew }
  const withChange = { what: `tell ${spans}, again with a change`, sample: times.changed }
  const asTheyAre = { what: `send ${spans}, again unchanged`, sample: times.unchanged }
  return [
    lineOf({ what: `write ${spans}`, unit: 'ms', items: 1, freehold: times.anew }),
    ...timeAndRatio({ ...withChange, against, most: CHANGED, calls: 1 }),
    ...timeAndRatio({ ...asTheyAre, against, most: UNCHANGED, calls: 1 }),
  ]
}
