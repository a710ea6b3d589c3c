import { newId } from '@freehold/contract'
import type { NewEntry } from '../engines/hand-written.js'
import { race, type Side } from '../measure.js'
import { lineOf, type Measured, type Sizes, withBudget } from '../result.js'
import type { Bench, Pair } from './scenario.js'

const APPENDED = 5_000
const VERIFIED = 50_000

/** How entries come: so many calls of so many entries, one call after the other or all of a round at once. */
interface Arrival {
  what: string
  rounds: number
  atATime: number
  entries: number
}

export async function auditing({ sizes, say }: Bench, pair: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  for (const place of [pair.a, pair.b]) await place.freehold.audit.append(entriesOf(1))
  for (const arrival of arrivals(sizes)) {
    say(arrival.what)
    const freehold = side(arrival, (entries) => pair.a.freehold.audit.append(entries))
    const raw = side(arrival, (entries) => pair.b.raw.appendEntries(entries))
    const items = arrival.rounds * arrival.atATime * arrival.entries
    const times = await race(sizes.repetitions, freehold, raw)
    const line = lineOf({ what: arrival.what, unit: 'entries/s', items, ...times })
    // One writer that waits for every entry waits for the disk: the budget is about what a stream can take.
    const budgeted = arrival.atATime * arrival.entries > 1
    lines.push(
      budgeted ? withBudget(line, `≥ ${APPENDED.toLocaleString('en-US')} /s`, line.freehold >= APPENDED) : line,
    )
  }
  return [...lines, await verifying(sizes, say, pair)]
}

function arrivals(sizes: Sizes): Arrival[] {
  const { auditSingles, auditAtATime, auditRounds, auditBatch, auditBatches } = sizes
  return [
    { what: 'audit append, one by one', rounds: auditSingles, atATime: 1, entries: 1 },
    {
      what: `audit append, ${auditAtATime} at once, one stream`,
      rounds: auditRounds,
      atATime: auditAtATime,
      entries: 1,
    },
    { what: `audit append, batches of ${auditBatch}`, rounds: auditBatches, atATime: 1, entries: auditBatch },
  ]
}

function side({ rounds, atATime, entries }: Arrival, append: (entries: NewEntry[]) => Promise<unknown>): Side {
  return async () => {
    const calls = Array.from({ length: rounds }, () => Array.from({ length: atATime }, () => entriesOf(entries)))
    return async () => {
      for (const round of calls) await Promise.all(round.map(append))
    }
  }
}

/** Both sides read the same chain. The hand-written one follows the hashes, and does not compare text and columns. */
async function verifying(sizes: Sizes, say: Bench['say'], { a }: Pair): Promise<Measured> {
  say('audit verify')
  let { seq } = await a.freehold.audit.head()
  while (seq < sizes.auditVerified) {
    const entries = entriesOf(Math.min(1000, sizes.auditVerified - seq))
    await a.raw.appendEntries(entries)
    seq += entries.length
  }
  await a.raw.settle()
  const freehold: Side = async () => async () => {
    const { status } = await a.freehold.audit.verify()
    if (status !== 'ok') throw new Error('the chain that was written does not verify')
  }
  const raw: Side = async () => () => a.raw.verifyEntries()
  const times = await race(sizes.repetitions, freehold, raw)
  const line = lineOf({ what: 'audit verify', unit: 'entries/s', items: seq, ...times })
  return withBudget(line, `≥ ${VERIFIED.toLocaleString('en-US')} /s`, line.freehold >= VERIFIED)
}

function entriesOf(count: number): NewEntry[] {
  return Array.from({ length: count }, () => ({
    id: newId(),
    time: Date.now(),
    actor: 'support',
    action: 'refund.executed',
    target: 'order A-17',
    outcome: 'ok',
    runId: 'run-4711',
    data: { order: 'A-17', amount: 120, note: 'The customer was told that the money comes within three days.' },
  }))
}
