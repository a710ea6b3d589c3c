import { heldBy } from '../held.js'
import { type Sample, sampleOf } from '../measure.js'
import { type Measured, withBudget } from '../result.js'
import { runOf } from '../runs.js'
import type { Bench, Pair } from './scenario.js'

/** Whatever else the process does waits no longer than this. */
const LIMIT_MS = 200

/** How long the event loop is held, at the longest, by a run whose output is hard to escape: every character is a quote. */
export async function holding({ sizes, say }: Bench, { a, b }: Pair): Promise<Measured[]> {
  say('holding the event loop')
  for (const { freehold } of [a, b]) await freehold.sessions.save({ id: 'held', type: 'agent', agentId: 'support' })
  const output = '"'.repeat(sizes.heldBytes / 2)
  const held: Record<'freehold' | 'raw', number[]> = { freehold: [], raw: [] }
  for (let repetition = 0; repetition <= sizes.repetitions; repetition++) {
    const run = { ...runOf(repetition, 'held'), output }
    held.freehold.push(await heldBy(() => a.freehold.sessions.appendRun(run)))
    held.raw.push(await heldBy(() => b.raw.appendRun(run)))
  }
  const [freehold, raw] = [held.freehold, held.raw].map((times) => sampleOf(times.slice(1))) as [Sample, Sample]
  const line: Measured = {
    what: `event loop held by a run of ${sizes.heldBytes / 1e6} MB of quotes`,
    unit: 'ms',
    freehold: freehold.median,
    range: [freehold.most, freehold.least],
    raw: raw.median,
    share: raw.median / freehold.median,
  }
  return [withBudget(line, `≤ ${LIMIT_MS} ms`, line.freehold <= LIMIT_MS)]
}
