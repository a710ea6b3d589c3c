import type { Storage } from '@freehold/contract'

/** A write of each sort, under ids that end in `n`, and what is there once it was done, however often. */
export interface Write {
  name: string
  /** What must be there before. */
  prepare(storage: Storage, n: string): Promise<unknown>
  write(storage: Storage, n: string): Promise<unknown>
  read(storage: Storage, n: string): Promise<unknown>
  expected(n: string): unknown
}

const traceIdOf = (n: string) => Buffer.from(n.padStart(16, '_')).toString('hex')

export const WRITES: readonly Write[] = [
  {
    name: 'spans',
    prepare: async () => undefined,
    write: (storage, n) =>
      storage.traces.write(
        [1, 2, 3].map((i) => ({
          traceId: traceIdOf(n),
          spanId: `000000000000000${i}`,
          name: `span ${i}`,
          startedAt: 1_750_000_000_000 + i,
          endedAt: 1_750_000_000_100 + i,
        })),
      ),
    async read(storage, n) {
      const trace = await storage.traces.get(traceIdOf(n))
      const { items } = await storage.traces.find({}, { limit: 1_000 })
      return [trace?.spans.length, items.find(({ traceId }) => traceId === traceIdOf(n))?.spans]
    },
    expected: () => [3, 3],
  },
  {
    name: 'a run',
    prepare: (storage, n) => storage.sessions.save({ id: `session ${n}`, type: 'agent' }),
    write: (storage, n) => storage.sessions.appendRun({ id: `run ${n}`, sessionId: `session ${n}` }),
    async read(storage, n) {
      const { items } = await storage.sessions.runs({ sessionId: `session ${n}` })
      return [items.map(({ seq }) => seq), (await storage.sessions.get(`session ${n}`))?.runs]
    },
    expected: () => [[1], 1],
  },
  {
    name: 'a decision',
    prepare: (storage, n) => storage.approvals.request({ id: `approval ${n}` }),
    write: (storage, n) => storage.approvals.decide(`approval ${n}`, { decision: 'approved', by: 'ada' }),
    async read(storage, n) {
      const events = await storage.approvals.events(`approval ${n}`)
      return [(await storage.approvals.get(`approval ${n}`))?.status, events.items.map(({ type }) => type)]
    },
    expected: () => ['approved', ['requested', 'approved']],
  },
  {
    name: 'audit entries',
    prepare: async () => undefined,
    write: (storage, n) =>
      storage.audit.append([1, 2].map((i) => ({ id: `entry ${n} ${i}`, stream: n, actor: 'ada', action: 'did' }))),
    async read(storage, n) {
      const { status } = await storage.audit.verify(n)
      return [status, (await storage.audit.head(n)).seq]
    },
    expected: () => ['ok', 2],
  },
]
