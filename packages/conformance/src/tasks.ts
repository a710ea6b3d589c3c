import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage } from '@freehold/contract'
import { toldBy } from './cases/told-spans.js'
import type { Harness, Place } from './harness.js'

/** What one decider was told about one approval: whether it won, and by whom the approval is resolved. */
export interface Told {
  id: string
  decider: string
  won: boolean
  by?: string
}

/** What other processes can be asked to do. Inputs and outputs travel as JSON. */
export interface Tasks {
  /** Writes `spans` spans of one trace, in batches of `batch`; span numbers start at `worker * spans`. */
  writeSpans: { input: { traceId: string; spans: number; batch: number }; output: { written: number } }
  /** Tells of `traces` traces that all workers tell of, of each in several batches at once. */
  tellTraces: { input: { traces: number }; output: { written: number } }
  /** Appends `runs` runs to a session, one by one. */
  appendRuns: { input: { sessionId: string; runs: number }; output: { seqs: number[] } }
  /** Decides each approval as `worker-N`; with `deciders`, that many times at once, as `worker-N-0`, `worker-N-1` … */
  decide: { input: { ids: string[]; deciders?: number }; output: { won: string[]; told: Told[] } }
  /** Appends `entries` audit entries to a stream, one by one, or `inFlight` of them at a time. */
  appendAudit: { input: { stream: string; entries: number; inFlight?: number }; output: { seqs: number[] } }
  /** Asks for approvals, and decides and spends them, while it tells a consumer of whatever happened; tells what it told. */
  relay: { input: { consumer: string; approvals: number }; output: { told: { id: string; seqs: number[] }[] } }
  /** Opens the place with its schema brought up to date; tells how many migrations are applied then. */
  migrate: { input: Record<string, never>; output: { applied: number } }
  /** The same in `rounds` new places, one after another, in each together with all `workers`; tells of each round. */
  coldStarts: { input: { rounds: number; workers: number }; output: { applied: number[] } }
}

export type TaskName = keyof Tasks
export type TaskReport<T extends TaskName> = Tasks[T]['output']

/** Tasks that begin with opening the store, because that is their work. */
export const OPENING_TASKS: {
  [T in 'migrate' | 'coldStarts']: (
    harness: Harness,
    place: Place,
    worker: number,
    input: Tasks[T]['input'],
    begun: () => Promise<void>,
  ) => Promise<Tasks[T]['output']>
} = {
  async migrate(harness, place, _worker, _input, begun) {
    await begun()
    return { applied: await appliedAt(harness, place) }
  },
  async coldStarts(harness, place, worker, { rounds, workers }) {
    const applied: number[] = []
    for (let round = 0; round < rounds; round++) {
      const fresh = { id: `${place.id}_${round}`, dir: join(place.dir, `${round}`) }
      await mkdir(fresh.dir, { recursive: true })
      await meet(place.dir, `before-${round}`, worker, workers)
      applied.push(await appliedAt(harness, fresh))
      await meet(place.dir, `after-${round}`, worker, workers)
      if (worker === 0) await harness.remove?.(fresh)
    }
    return { applied }
  },
}

/**
 * The work of the other tasks, on a store that is open. A task that may be killed says when it has `begun`: from then on
 * a kill meets it at work.
 */
export const TASKS: {
  [T in Exclude<TaskName, keyof typeof OPENING_TASKS>]: (
    storage: Storage,
    worker: number,
    input: Tasks[T]['input'],
    begun: () => Promise<void>,
  ) => Promise<Tasks[T]['output']>
} = {
  async writeSpans(storage, worker, { traceId, spans, batch }, begun) {
    let written = 0
    for (let at = 0; at < spans; at += batch) {
      const numbers = Array.from({ length: Math.min(batch, spans - at) }, (_, i) => worker * spans + at + i)
      const result = await storage.traces.write(numbers.map((n) => numberedSpan(traceId, n)))
      written += result.written
      if (at === 0) await begun()
    }
    return { written }
  },
  async tellTraces(storage, worker, { traces }) {
    let written = 0
    for (const batches of toldBy(worker, traces)) {
      const results = await Promise.all(batches.map((batch) => storage.traces.write(batch)))
      written += results.reduce((sum, result) => sum + result.written, 0)
    }
    return { written }
  },
  async appendRuns(storage, worker, { sessionId, runs }) {
    const seqs: number[] = []
    for (let i = 0; i < runs; i++) {
      const run = await storage.sessions.appendRun({ id: `run-${worker}-${i}`, sessionId })
      seqs.push(run.seq)
    }
    return { seqs }
  },
  async decide(storage, worker, { ids, deciders = 1 }) {
    const told: Told[] = []
    await atOnce(deciders, async (number) => {
      const decider = deciders === 1 ? `worker-${worker}` : `worker-${worker}-${number}`
      for (const id of ids) {
        const { won, approval } = await storage.approvals.decide(id, { decision: 'approved', by: decider })
        told.push({ id, decider, won, by: approval.resolution?.by })
      }
    })
    return { won: told.filter(({ won }) => won).map(({ id }) => id), told }
  },
  async appendAudit(storage, worker, { stream, entries, inFlight = 1 }) {
    const seqs: number[] = []
    let next = 0
    await atOnce(inFlight, async () => {
      while (next < entries) {
        const id = `entry-${worker}-${next++}`
        const [entry] = await storage.audit.append([{ id, stream, actor: `worker-${worker}`, action: 'race' }])
        seqs.push(entry!.seq)
      }
    })
    return { seqs }
  },
  async relay(storage, worker, { consumer, approvals }) {
    const told: { id: string; seqs: number[] }[] = []
    for (let n = 1; n <= approvals; n++) {
      const id = `${worker}-${n}`
      await storage.approvals.request({ id })
      told.push(...(await tell(storage, consumer, `worker-${worker}`)))
      await storage.approvals.decide(id, { decision: 'approved', by: 'ann' })
      await storage.approvals.consume(id)
      told.push(...(await tell(storage, consumer, `worker-${worker}`)))
    }
    return { told }
  },
}

/** Takes for a consumer, if nobody else does, and settles all of it. */
async function tell({ relay }: Storage, consumer: string, holder: string): Promise<{ id: string; seqs: number[] }[]> {
  const taken = (await relay.take(consumer, holder, { limit: 5 })) ?? []
  const results = taken.map(({ tenant, approval, events }) => ({
    tenant,
    approvalId: approval.id,
    seq: events.at(-1)?.seq ?? 0,
  }))
  await relay.settle(consumer, results)
  await relay.release(consumer, holder)
  return taken.map(({ approval, events }) => ({ id: approval.id, seqs: events.map(({ seq }) => seq) }))
}

async function appliedAt(harness: Harness, place: Place): Promise<number> {
  const storage = await harness.open(place, { migrate: true })
  const migrations = await storage.migrations.status()
  await storage.close()
  return migrations.filter(({ state }) => state === 'applied').length
}

async function atOnce(count: number, work: (number: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, number) => work(number)))
}

/** Resolves when all workers came here: each leaves a file in a directory that they share. */
async function meet(dir: string, where: string, worker: number, workers: number): Promise<void> {
  const place = join(dir, where)
  await mkdir(place, { recursive: true })
  await writeFile(join(place, `${worker}`), '')
  while ((await readdir(place)).length < workers) await sleep(1)
}

/** Span `n` of a trace: each fails every tenth, counts ten tokens, and is the child of span 0. */
export function numberedSpan(traceId: string, n: number) {
  const spanId = (n + 1).toString(16).padStart(16, '0')
  return {
    traceId,
    spanId,
    ...(n === 0 ? {} : { parentId: '1'.padStart(16, '0') }),
    name: `span ${n}`,
    kind: 'llm' as const,
    status: n % 10 === 9 ? ('error' as const) : ('ok' as const),
    startedAt: 1_750_000_000_000 + n,
    endedAt: 1_750_000_000_500 + n,
    detail: { promptTokens: 10, completionTokens: 1 },
  }
}
