import type { Storage } from '@freehold/contract'

/** What other processes can be asked to do. Inputs and outputs travel as JSON. */
export interface Tasks {
  /** Writes `spans` spans of one trace, in batches of `batch`; span numbers start at `worker * spans`. */
  writeSpans: { input: { traceId: string; spans: number; batch: number }; output: { written: number } }
  /** Appends `runs` runs to a session, one by one. */
  appendRuns: { input: { sessionId: string; runs: number }; output: { seqs: number[] } }
  /** Decides each approval as `worker-N`. */
  decide: { input: { ids: string[] }; output: { won: string[] } }
  /** Appends `entries` audit entries to a stream, one by one. */
  appendAudit: { input: { stream: string; entries: number }; output: { seqs: number[] } }
  /** Opens the place with its schema brought up to date; tells how many migrations are applied then. */
  migrate: { input: Record<string, never>; output: { applied: number } }
}

export type TaskName = keyof Tasks
export type TaskReport<T extends TaskName> = Tasks[T]['output']

/**
 * The work of each task but `migrate`, which is opening the store itself. A task that may be killed says when it has
 * `begun`: from then on a kill meets it at work.
 */
export const TASKS: {
  [T in Exclude<TaskName, 'migrate'>]: (
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
  async appendRuns(storage, worker, { sessionId, runs }) {
    const seqs: number[] = []
    for (let i = 0; i < runs; i++) {
      const run = await storage.sessions.appendRun({ id: `run-${worker}-${i}`, sessionId })
      seqs.push(run.seq)
    }
    return { seqs }
  },
  async decide(storage, worker, { ids }) {
    const won: string[] = []
    for (const id of ids) {
      const result = await storage.approvals.decide(id, { decision: 'approved', by: `worker-${worker}` })
      if (result.won) won.push(id)
    }
    return { won }
  },
  async appendAudit(storage, worker, { stream, entries }) {
    const seqs: number[] = []
    for (let i = 0; i < entries; i++) {
      const [entry] = await storage.audit.append([
        { id: `entry-${worker}-${i}`, stream, actor: `worker-${worker}`, action: 'race' },
      ])
      seqs.push(entry!.seq)
    }
    return { seqs }
  },
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
