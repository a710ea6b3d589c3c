import { type Page, type PageRequest, partsOf, type Storage } from '@freehold/contract'
import { range, span, traceId } from './spans.js'

/** A paged list of the contract: how rows get into it, and how it is read. */
export interface PagedList {
  name: string
  /** Adds rows of these numbers. A list whose rows carry a time of the caller's takes it from `at`. */
  add(storage: Storage, numbers: readonly number[], at: (n: number) => number): Promise<void>
  read(storage: Storage, page?: PageRequest): Promise<Page<object>>
  id(item: never): string
}

async function ofSession(storage: Storage, sessionId: string, numbers: readonly number[], at: (n: number) => number) {
  await storage.sessions.save({ id: sessionId, type: 'agent' })
  for (const n of numbers) await storage.sessions.appendRun({ id: `run ${n}`, sessionId, startedAt: at(n) })
}

async function entries(storage: Storage, stream: string, numbers: readonly number[], at: (n: number) => number) {
  const batch = numbers.map((n) => ({ id: `entry ${n}`, stream, actor: 'pager', action: 'listed', time: at(n) }))
  await storage.audit.append(batch)
}

const byId = (item: { id: string }) => item.id

/** Every list that a store pages. */
export const LISTS: readonly PagedList[] = [
  {
    name: 'traces.find',
    add: async (storage, numbers, at) => {
      await storage.traces.write(
        numbers.map((n) => span(n, { traceId: traceId(n), startedAt: at(n), endedAt: undefined })),
      )
    },
    read: (storage, page) => storage.traces.find({}, page),
    id: (item: { traceId: string }) => item.traceId,
  },
  {
    name: 'traces.spans',
    add: async (storage, numbers, at) => {
      await storage.traces.write(numbers.map((n) => span(n, { startedAt: at(n), endedAt: undefined })))
    },
    read: (storage, page) => storage.traces.spans({ traceId: traceId(1) }, page),
    id: (item: { spanId: string }) => item.spanId,
  },
  {
    name: 'sessions.list',
    add: async (storage, numbers) => {
      await Promise.all(numbers.map((n) => storage.sessions.save({ id: `session ${n}`, type: 'agent' })))
    },
    read: (storage, page) => storage.sessions.list({}, page),
    id: byId,
  },
  {
    name: 'sessions.runs',
    add: (storage, numbers, at) => ofSession(storage, 'listed', numbers, at),
    read: (storage, page) => storage.sessions.runs({}, page),
    id: byId,
  },
  {
    name: 'sessions.runs of a session',
    add: (storage, numbers, at) => ofSession(storage, 'listed', numbers, at),
    read: (storage, page) => storage.sessions.runs({ sessionId: 'listed' }, page),
    id: byId,
  },
  {
    name: 'approvals.list',
    add: async (storage, numbers) => {
      await Promise.all(numbers.map((n) => storage.approvals.request({ id: `approval ${n}` })))
    },
    read: (storage, page) => storage.approvals.list({}, page),
    id: byId,
  },
  {
    name: 'approvals.events',
    add: async (storage, numbers) => {
      if ((await storage.approvals.events('voted')).items.length === 0)
        await storage.approvals.request({ id: 'voted', policy: { quorum: 1000 } })
      for (const n of numbers) await storage.approvals.decide('voted', { decision: 'approved', by: `voter ${n}` })
    },
    read: (storage, page) => storage.approvals.events('voted', page),
    id: (item: { by?: string }) => item.by ?? 'nobody',
  },
  {
    name: 'relay.dead',
    add: async ({ tenantId: tenant, approvals, relay }, numbers) => {
      const approvalId = 'lettered'
      await relay.register('listed')
      await approvals.request({ id: approvalId })
      await relay.take('listed', 'pager', { limit: 1 })
      const letters = numbers.map((seq) => ({ seq, reason: 'nobody is there' }))
      for (const dead of partsOf(letters, () => 1, 100))
        await relay.settle('listed', [{ tenant, approvalId, seq: 10_000, dead }])
    },
    read: async ({ relay }, page) => {
      await relay.register('listed')
      return relay.dead('listed', page)
    },
    id: (item: { seq: number }) => `${item.seq}`,
  },
  {
    name: 'audit.read',
    add: (storage, numbers, at) => entries(storage, 'read', numbers, at),
    read: (storage, page) => storage.audit.read({}, page),
    id: byId,
  },
  {
    name: 'audit.read of a stream',
    add: (storage, numbers, at) => entries(storage, 'read', numbers, at),
    read: (storage, page) => storage.audit.read({ stream: 'read' }, page),
    id: byId,
  },
]

/** Spans of several traces whose ids are equal, so that no order is complete without the trace. */
export const SPANS_OF_TRACES: PagedList = {
  name: 'traces.spans of several traces',
  add: async (storage, numbers, at) => {
    const hook = (n: number) => ({ traceId: traceId(n), kind: 'hook', startedAt: at(n), endedAt: undefined })
    await storage.traces.write(numbers.flatMap((n) => [1, 2].map((id) => span(2000 + id, hook(n)))))
  },
  read: (storage, page) => storage.traces.spans({ kind: 'hook' }, page),
  id: (item: { traceId: string; spanId: string }) => `${item.traceId} ${item.spanId}`,
}

/** The id of every item, page by page; `between` runs after each page. */
export async function idsPaged(
  list: PagedList,
  storage: Storage,
  limit: number,
  between: (page: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  for (const page of range(2000)) {
    const { items, next } = await list.read(storage, { limit, after })
    ids.push(...items.map((item) => list.id(item as never)))
    if (next === undefined) return ids
    after = next
    await between(page)
  }
  throw new Error(`${list.name} has no last page`)
}
