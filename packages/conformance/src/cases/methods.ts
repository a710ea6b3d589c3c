import {
  type ApprovalRelay,
  type Domain,
  type Migrations,
  PURGED,
  type Shape,
  type Storage,
  type TenantStorage,
} from '@freehold/contract'
import { span, spanId, traceId } from './spans.js'

/** One call of every method of a store. A method that the contract gains has to be named here before this compiles. */
type Calls<S> = { [M in keyof S]: (store: S) => Promise<unknown> }

/** A shape that takes anything. */
export const ANY_SHAPE: Shape = {
  name: 'anything',
  schema: { '~standard': { version: 1, vendor: 'freehold', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
}

/** The calls speak of the rows that {@link furnish} makes; those that make rows make others. */
const CALLS: { [D in Domain]: Calls<TenantStorage[D]> } = {
  traces: {
    get: (traces) => traces.get(traceId(1)),
    span: (traces) => traces.span(traceId(1), spanId(1)),
    outline: (traces) => traces.outline(traceId(1)),
    find: (traces) => traces.find(),
    spans: (traces) => traces.spans(),
    toolStats: (traces) => traces.toolStats(),
    remove: (traces) => traces.remove(traceId(1)),
    write: (traces) => traces.write([span(1, { traceId: traceId(2) })]),
  },
  sessions: {
    get: (sessions) => sessions.get('session'),
    list: (sessions) => sessions.list(),
    run: (sessions) => sessions.run('run'),
    runs: (sessions) => sessions.runs(),
    appendRun: (sessions) => sessions.appendRun({ id: 'another run', sessionId: 'session' }),
    appendRuns: (sessions) => sessions.appendRuns([{ id: 'one more run', sessionId: 'session' }]),
    updateRun: (sessions) => sessions.updateRun('run', { status: 'error' }),
    remove: (sessions) => sessions.remove('session'),
    save: (sessions) => sessions.save({ id: 'their session', type: 'agent' }),
  },
  approvals: {
    get: (approvals) => approvals.get('pending'),
    getMany: (approvals) => approvals.getMany(['pending', 'approved', 'overdue']),
    watch: async (approvals) => void (await approvals.watch(() => {})),
    list: (approvals) => approvals.list(),
    count: (approvals) => approvals.count(),
    queue: (approvals) => approvals.queue(),
    events: (approvals) => approvals.events('pending'),
    decide: (approvals) => approvals.decide('pending', { decision: 'rejected', by: 'them' }),
    consume: (approvals) => approvals.consume('approved'),
    cancel: (approvals) => approvals.cancel('pending', 'them'),
    complete: (approvals) => approvals.complete('spent', { outcome: 'failed' }),
    expire: (approvals) => approvals.expire(),
    remind: (approvals) => approvals.remind(),
    remove: (approvals) => approvals.remove('spent'),
    request: (approvals) => approvals.request({ id: 'theirs' }),
  },
  audit: {
    get: (audit) => audit.get('entry'),
    read: (audit) => audit.read(),
    head: (audit) => audit.head(),
    records: (audit) => audit.records(),
    verify: (audit) => audit.verify(),
    checkpoint: (audit) => audit.checkpoint(),
    define: (audit) => audit.define(ANY_SHAPE),
    append: (audit) => audit.append([{ id: 'theirs', actor: 'them', action: 'intruded' }]),
  },
}

/** In an order in which each finds what it is about. */
const TELLING: Calls<ApprovalRelay> = {
  register: (relay) => relay.register('mail'),
  take: (relay) => relay.take('mail', 'them'),
  settle: (relay) => relay.settle('mail', [{ tenant: 'default', approvalId: 'pending', seq: 1 }]),
  state: (relay) => relay.state('mail'),
  dead: (relay) => relay.dead('mail'),
  sweep: (relay) => relay.sweep(),
  release: (relay) => relay.release('mail', 'them'),
  unregister: (relay) => relay.unregister('mail'),
}

/** A call of every method of the relay. */
export const RELAY_CALLS = Object.entries(TELLING).map(([method, call]) => ({
  name: `relay.${method}`,
  on: ({ relay }: Pick<Storage, 'relay'>) => call(relay),
}))

/** A purge of each domain that has dates. */
export const PURGE_CALLS = PURGED.map((domain) => ({
  name: `retention.purge of ${domain}`,
  domain,
  on: ({ retention }: Pick<Storage, 'retention'>) => retention.purge(domain, { before: 1 }),
}))

export const MIGRATION_CALLS: Calls<Migrations> = {
  status: (migrations) => migrations.status(),
  up: (migrations) => migrations.up(),
  down: (migrations) => migrations.down('traces'),
  plan: (migrations) => migrations.plan(),
}

export interface Call {
  /** Such as `traces.get`. */
  name: string
  on(storage: TenantStorage): Promise<unknown>
}

/** A call of every method of every domain: readers first, so that they see what was there before. */
export const EVERY_CALL: readonly Call[] = Object.entries(CALLS).flatMap(([domain, calls]) =>
  Object.entries(calls).map(([method, call]) => ({
    name: `${domain}.${method}`,
    on: (storage) => (call as (store: unknown) => Promise<unknown>)(storage[domain as Domain]),
  })),
)

/** A row of each sort, in every domain, that tells whose it is. */
export async function furnish(storage: TenantStorage, owner: string): Promise<void> {
  await storage.traces.write([span(1, { name: owner, kind: 'tool', detail: { tool: 'calculator' } })])
  await storage.sessions.save({ id: 'session', type: 'agent', name: owner })
  await storage.sessions.appendRun({ id: 'run', sessionId: 'session', model: owner })
  await storage.approvals.request({ id: 'pending', tool: owner, dueAt: 1 })
  await storage.approvals.request({ id: 'approved' })
  await storage.approvals.decide('approved', { decision: 'approved', by: owner })
  await storage.approvals.request({ id: 'spent' })
  await storage.approvals.decide('spent', { decision: 'approved', by: owner })
  await storage.approvals.consume('spent')
  await storage.approvals.request({ id: 'overdue', expiresAt: 1 })
  await storage.audit.append([{ id: 'entry', actor: owner, action: 'furnished' }])
}

/** All that can be read of a tenant. */
export async function snapshot(storage: TenantStorage) {
  return {
    trace: await storage.traces.get(traceId(1)),
    traces: await storage.traces.find(),
    spans: await storage.traces.spans(),
    tools: await storage.traces.toolStats(),
    session: await storage.sessions.get('session'),
    sessions: await storage.sessions.list(),
    run: await storage.sessions.run('run'),
    runs: await storage.sessions.runs(),
    approval: await storage.approvals.get('pending'),
    approvals: await storage.approvals.list(),
    events: await storage.approvals.events('pending'),
    swept: await storage.approvals.events('overdue'),
    queue: await storage.approvals.queue(),
    entries: await storage.audit.read(),
    head: await storage.audit.head(),
    records: await storage.audit.records(),
    chain: await storage.audit.verify(),
  }
}
