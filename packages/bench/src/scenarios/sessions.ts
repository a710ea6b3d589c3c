import type { Place } from '../engines/engine.js'
import { race, type Side } from '../measure.js'
import { lineOf, type Measured, withBudget } from '../result.js'
import { runOf } from '../runs.js'
import type { Bench, Pair } from './scenario.js'

const LIMIT_MB = 3

export async function appending({ sizes, say }: Bench, { a, b }: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  for (const runs of sizes.runs) {
    say(`appending to a session of ${runs}`)
    const side = (place: Place, append: (run: ReturnType<typeof runOf>) => Promise<unknown>): Side => {
      return async (repetition) => {
        // A session of its own for every repetition, so that it has as many runs as it should.
        const session = `s-${runs}-${repetition}`
        const first = (runs * 100 + repetition) * 10_000
        await place.freehold.sessions.save({ id: session, type: 'agent', agentId: 'support', userId: 'ada' })
        await place.raw.loadRuns(session, numbered(first, runs, session))
        const appended = numbered(first + runs, sizes.appends, session)
        return async () => {
          for (const run of appended) await append(run)
        }
      }
    }
    const freehold = side(a, (run) => a.freehold.sessions.appendRun(run))
    const raw = side(b, (run) => b.raw.appendRun(run))
    const what = `append a run of 10 KB to a session of ${runs.toLocaleString('en-US')}`
    lines.push(lineOf({ what, unit: 'ms', items: sizes.appends, ...(await race(sizes.repetitions, freehold, raw)) }))
  }
  return lines
}

/** What one session of many runs costs in writes, in megabytes. */
export async function bytes({ sizes, say }: Bench, { a, b }: Pair): Promise<Measured[]> {
  say('bytes written')
  for (const { freehold } of [a, b]) await freehold.sessions.save({ id: 'bytes', type: 'agent', agentId: 'support' })
  const runs = numbered(1, sizes.bytesRuns, 'bytes')
  const freehold = await a.raw.bytesLogged(async () => {
    for (const run of runs) await a.freehold.sessions.appendRun(run)
  })
  const raw = await b.raw.bytesLogged(async () => {
    for (const run of runs) await b.raw.appendRun(run)
  })
  if (freehold === undefined || raw === undefined) return []
  const what = `written to the log for ${sizes.bytesRuns} runs of 10 KB, one by one`
  const line: Measured = { what, unit: 'MB', freehold: freehold / 1e6, raw: raw / 1e6 }
  return [withBudget(line, `≤ ${LIMIT_MB} MB`, line.freehold <= LIMIT_MB)]
}

function numbered(first: number, count: number, session: string) {
  return Array.from({ length: count }, (_, i) => runOf(first + i, session))
}
