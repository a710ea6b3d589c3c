import type {
  ApprovalQuery,
  AuditQuery,
  Page,
  PageRequest,
  RunQuery,
  SessionQuery,
  SpanQuery,
  TraceQuery,
} from '@freehold/contract'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlApprovals } from '../src/approvals.js'
import { SqlAudit } from '../src/audit.js'
import type { Database } from '../src/database.js'
import { SqlRetention } from '../src/retention.js'
import { SqlSessions } from '../src/sessions.js'
import { SqlTraces } from '../src/traces.js'
import { spanOf } from './spans.js'
import { LONGEST } from './volume.js'

/** What a store is asked on a full database. */
export interface Question {
  name: string
  ask(stores: Stores): Promise<unknown>
  /** What its statements may do that a page in order does not. */
  may?: { read?: number; sort?: true; scan?: true }
}

export interface Stores {
  traces: SqlTraces
  sessions: SqlSessions
  approvals: SqlApprovals
  audit: SqlAudit
  retention: SqlRetention
}

export function storesOn(db: Database): Stores {
  return {
    traces: new SqlTraces(db, 'default'),
    sessions: new SqlSessions(db, 'default'),
    approvals: new SqlApprovals(db, 'default'),
    audit: new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db)),
    retention: new SqlRetention(db, ['traces', 'sessions']),
  }
}

/** The first page and the next: its condition is another. */
async function pages(list: (page: PageRequest) => Promise<Page<unknown>>): Promise<void> {
  const { next } = await list({ limit: 50 })
  if (next !== undefined) await list({ limit: 50, after: next })
}

const ID = (n: number) => n.toString(16).padStart(32, '0')
const KNOWN = [101, 102, 103]
/** Approvals of the largest tenant that wait, at most. */
const PENDING = 600
const NOW = Date.now()
const WINDOW = { from: NOW - 7 * 86_400_000, to: NOW - 6 * 86_400_000 }

/** Filters that many rows meet each, and together perhaps few: these are counted, and then one of them is read. */
const WALK = { read: Number.POSITIVE_INFINITY, sort: true } as const
/** What few rows meet is counted, up to a thousand of each filter, and sorted. */
const SOUGHT = { read: 5_000, sort: true } as const
/** A database that expects few matches may as well read everything and sort those. */
const ANYHOW = { read: Number.POSITIVE_INFINITY, sort: true, scan: true } as const

/** Filters of traces with an index of their own. */
const OWN: TraceQuery[] = [
  { userId: 'user-7' },
  { sessionId: 'session-0' },
  { runId: 'run-4711' },
  { agentId: 'agent-3' },
]
/** Filters of traces without. */
const REST: TraceQuery[] = [
  { teamId: 'team-1' },
  { workflowId: 'workflow-1' },
  { status: 'error' },
  { kind: 'tool' },
  { model: 'model-1' },
  { tool: 'tool-1' },
  { namePrefix: 'name-4' },
  { minDuration: 9_000 },
]

/** The same filters for what is rare and old, and for what is not there: a database that walks by time reads them all. */
function rare<Q extends object>(filters: readonly Q[], value: 'rare' | 'absent'): Q[] {
  return filters.map((query) => {
    const sought = Object.entries(query).map(([filter, common]) => [filter, soughtOf(filter, common, value)])
    return Object.fromEntries(sought) as Q
  })
}

/** Of closed lists every value is there; what is named so in place of one is of the same length. */
function soughtOf(filter: string, common: unknown, value: 'rare' | 'absent'): unknown {
  if (filter === 'minDuration') return (LONGEST / 1000) * (value === 'rare' ? 1 : 2)
  if (filter === 'kind') return value === 'rare' ? 'llm' : 'hook'
  if (typeof common !== 'string' || CLOSED.includes(filter)) return common
  return value === 'absent' ? 'nobody' : common.replace(/-\w+$/, '-rare')
}

const CLOSED = ['status', 'type', 'pauseType']

/** Sessions and runs are not among what is rare: each has its own. */
const OWN_RARE = OWN.filter((query) => 'userId' in query || 'agentId' in query)
const REST_RARE = REST.filter((query) => !('status' in query || 'kind' in query))

function pairs<Q extends object>(filters: readonly Q[]): Q[] {
  return filters.flatMap((one, i) => filters.slice(i + 1).map((other) => ({ ...one, ...other })))
}

function nameOf(query: object): string {
  return Object.entries(query)
    .map(([filter, value]) => (typeof value === 'number' ? filter : `${filter} ${shown(value)}`))
    .join(', ')
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function lists<Q extends object>(
  method: string,
  list: (stores: Stores, query: Q, page: PageRequest) => Promise<Page<unknown>>,
  queries: readonly Q[],
  may?: Question['may'],
): Question[] {
  return queries.map((query) => ({
    name: `${method} ${nameOf(query)}`.trim(),
    ask: (stores) => pages((page) => list(stores, query, page)),
    may,
  }))
}

const COMMON = { environment: 'team-1' }
const FEWER = { release: 'agent-3' }
/** Labels that some hundreds have, that the three oldest have, and that nobody has, by themselves and with common ones. */
const LABELS_SOUGHT: TraceQuery['labels'][] = [
  FEWER,
  { environment: 'team-rare' },
  { release: 'agent-rare' },
  { environment: 'nobody' },
  { nothing: 'nobody' },
  { ...COMMON, ...FEWER },
  { ...COMMON, release: 'agent-rare' },
]

/** Of traces, sessions or runs, which all have such filters. */
function labelled<Q extends TraceQuery & SessionQuery & RunQuery>(
  method: string,
  list: (stores: Stores, query: Q, page: PageRequest) => Promise<Page<unknown>>,
): Question[] {
  const others = [{ userId: 'user-7' }, { agentId: 'agent-3' }, WINDOW]
  const each = (labels: TraceQuery['labels'], more: object[]) => more.map((one) => ({ ...one, labels }) as Q)
  return [
    ...lists(method, list, [...each(COMMON, [{}]), ...LABELS_SOUGHT.flatMap((labels) => each(labels, [{}]))], SOUGHT),
    ...lists(method, list, [...each(COMMON, others), ...each(FEWER, others)], WALK),
    ...lists(method, list, each({ environment: 'nobody' }, others), SOUGHT),
  ]
}

const find = ({ traces }: Stores, query: TraceQuery, page: PageRequest) => traces.find(query, page)
const spans = ({ traces }: Stores, query: SpanQuery, page: PageRequest) => traces.spans(query, page)

const traces: Question[] = [
  ...lists('traces.find', find, [{}, WINDOW, ...OWN]),
  ...labelled('traces.find', find),
  ...lists('traces.find', find, [...REST, ...pairs([...OWN, ...REST, WINDOW])], WALK),
  ...lists('traces.find', find, rare([...OWN, ...REST, ...pairs([...OWN, ...REST])], 'absent'), SOUGHT),
  ...lists(
    'traces.find',
    find,
    rare([...OWN_RARE, ...REST_RARE, ...pairs([...OWN_RARE, ...REST_RARE])], 'rare'),
    SOUGHT,
  ),
  { name: 'traces.get', ask: ({ traces }) => traces.get(ID(4_711)) },
  { name: 'traces.span', ask: ({ traces }) => traces.span(ID(4_711), '1'.repeat(16)) },
  { name: 'traces.outline', ask: ({ traces }) => traces.outline(ID(4_711)) },
  ...lists('traces.spans', spans, [{}, WINDOW]),
  // In the order of their starts: those of one trace lie in the order of their ids.
  ...lists('traces.spans', spans, [{ traceId: ID(4_712) }], { sort: true }),
  ...lists('traces.spans', spans, [...OWN, ...REST], ANYHOW),
  ...lists('traces.spans', spans, rare([...OWN, ...REST, ...pairs([...OWN, ...REST])], 'absent'), SOUGHT),
  ...lists('traces.spans', spans, rare([...OWN_RARE, ...REST_RARE], 'rare'), SOUGHT),
  // No list: what it counts it must read, and a database may find it cheaper to read whole days, or the whole tenant.
  { name: 'traces.remove', ask: ({ traces }) => traces.remove(ID(4_712)) },
  { name: 'traces.toolStats', ask: ({ traces }) => traces.toolStats(WINDOW), may: ANYHOW },
  {
    name: 'traces.write of known spans',
    ask: ({ traces }) => traces.write(KNOWN.map((n) => ({ ...spanOf(ID(n), 2 * n), name: 'changed' }))),
    may: { sort: true },
  },
]

const list = ({ sessions }: Stores, query: SessionQuery, page: PageRequest) => sessions.list(query, page)
const runs = ({ sessions }: Stores, query: RunQuery, page: PageRequest) => sessions.runs(query, page)
const RUN_OWN: RunQuery[] = [{ userId: 'user-7' }, { agentId: 'agent-3' }, { sessionId: 'session-0' }]
const RUN_REST: RunQuery[] = [{ status: 'completed' }, { model: 'model-1' }]

const sessions: Question[] = [
  ...lists('sessions.list', list, [{}, WINDOW, { userId: 'user-7' }, { agentId: 'agent-3' }, { type: 'agent' }]),
  ...lists(
    'sessions.list',
    list,
    pairs([{ userId: 'user-7' }, { agentId: 'agent-3' }, { type: 'agent' }, WINDOW]),
    WALK,
  ),
  ...labelled('sessions.list', list),
  ...labelled('sessions.runs', runs),
  ...lists('sessions.runs', runs, [{ sessionId: 'session-0', labels: FEWER }], WALK),
  { name: 'sessions.get', ask: ({ sessions }) => sessions.get('run-4711') },
  { name: 'sessions.save', ask: ({ sessions }) => sessions.save({ id: 'run-4711', type: 'agent', name: 'other' }) },
  { name: 'sessions.remove', ask: ({ sessions }) => sessions.remove('run-4712') },
  { name: 'sessions.run', ask: ({ sessions }) => sessions.run('run-4711') },
  ...lists('sessions.runs', runs, [{}, WINDOW, ...RUN_OWN]),
  ...lists('sessions.runs', runs, [...RUN_REST, ...pairs([...RUN_OWN, ...RUN_REST, WINDOW])], ANYHOW),
  ...lists('sessions.runs', runs, [{ traceId: ID(4_711) }, { parentRunId: 'run-1' }, { traceId: ID(9_999_999) }]),
  ...lists('sessions.runs', runs, [{ status: 'paused' }, { model: 'model-rare' }, { model: 'nobody' }]),
  ...lists('sessions.runs', runs, [{ status: 'paused', userId: 'user-7' }], SOUGHT),
  { name: 'sessions.appendRun', ask: ({ sessions }) => sessions.appendRun({ sessionId: 'run-4711' }) },
  { name: 'sessions.updateRun', ask: ({ sessions }) => sessions.updateRun('run-4713', { output: 'x' }) },
]

const approved = ({ approvals }: Stores, query: ApprovalQuery, page: PageRequest) => approvals.list(query, page)
const STATUSES = ['pending', 'approved', 'rejected', 'expired', 'cancelled', 'consumed'] as const
const CALLS: ApprovalQuery[] = [
  { tool: 'tool-1' },
  { requestedBy: 'user-7' },
  { agentId: 'agent-3' },
  { type: 'required' },
]

const approvals: Question[] = [
  ...lists('approvals.list', approved, [
    {},
    WINDOW,
    { sessionId: 'session-0' },
    { status: 'pending' },
    { status: 'approved' },
  ]),
  ...lists('approvals.list', approved, [{ runId: 'run-4711' }], { sort: true }),
  ...lists('approvals.list', approved, [{ status: 'expired' }, { status: 'rejected' }], ANYHOW),
  ...lists('approvals.list', approved, [...CALLS, ...pairs([{ sessionId: 'session-0' }, ...CALLS, WINDOW])], ANYHOW),
  ...lists(
    'approvals.list',
    approved,
    STATUSES.flatMap((status) => [{ sessionId: 'session-0' }, ...CALLS, WINDOW].map((other) => ({ status, ...other }))),
    ANYHOW,
  ),
  ...lists(
    'approvals.list',
    approved,
    ['rare', 'absent'].flatMap((value) =>
      rare<ApprovalQuery>([{ tool: 'tool-1' }, { requestedBy: 'user-7' }], value as 'rare'),
    ),
  ),
  { name: 'approvals.get', ask: ({ approvals }) => approvals.get('run-4711') },
  { name: 'approvals.events', ask: ({ approvals }) => approvals.events('run-4711') },
  {
    name: 'approvals.count of the pending',
    ask: ({ approvals }) => approvals.count({ status: 'pending' }),
    may: { read: PENDING },
  },
  { name: 'approvals.queue', ask: ({ approvals }) => approvals.queue(), may: { read: PENDING, sort: true } },
  {
    name: 'approvals.request',
    ask: ({ approvals }) => approvals.request({ id: 'new', runId: 'new', toolCallId: 'call' }),
  },
  {
    name: 'approvals.request of a known one',
    ask: ({ approvals }) => approvals.request({ id: 'new', runId: 'new', toolCallId: 'call' }),
  },
  { name: 'approvals.decide', ask: ({ approvals }) => approvals.decide('new', { decision: 'approved', by: 'ann' }) },
  { name: 'approvals.consume', ask: ({ approvals }) => approvals.consume('new') },
  // Asked for its plan when the sweep is done: what is still to wait for is not read.
  // Consumers are few, and all are asked for.
  { name: 'approvals.remove', ask: ({ approvals }) => approvals.remove('new'), may: { scan: true } },
  { name: 'approvals.expire', ask: ({ approvals }) => approvals.expire(), may: { read: 0 } },
]

const read = ({ audit }: Stores, query: AuditQuery, page: PageRequest) => audit.read(query, page)
const AUDIT_OWN: AuditQuery[] = [
  { stream: 'main' },
  { actor: 'user-7' },
  { approvalId: 'run-4711' },
  { runId: 'run-4711' },
]
const AUDIT_REST: AuditQuery[] = [{ action: 'tool-1' }, { outcome: 'error' }, { target: 'agent-3' }]

const audit: Question[] = [
  ...lists('audit.read', read, [{}, WINDOW, ...AUDIT_OWN]),
  ...lists('audit.read', read, [...AUDIT_REST, ...pairs([...AUDIT_OWN, ...AUDIT_REST, WINDOW])], ANYHOW),
  ...lists(
    'audit.read',
    read,
    ['rare', 'absent'].flatMap((value) =>
      rare<AuditQuery>([{ action: 'tool-1' }, { target: 'agent-3' }], value as 'rare'),
    ),
  ),
  { name: 'audit.get', ask: ({ audit }) => audit.get('run-4711') },
  { name: 'audit.head', ask: ({ audit }) => audit.head('main') },
  { name: 'audit.records', ask: ({ audit }) => audit.records('main', 10), may: { read: 1_000 } },
  { name: 'audit.verify', ask: ({ audit }) => audit.verify('main'), may: { read: 1_000 } },
  { name: 'audit.append', ask: ({ audit }) => audit.append([{ stream: 'new', actor: 'ann', action: 'x' }]) },
]

const retention: Question[] = (['traces', 'sessions'] as const).flatMap((domain) => [
  {
    name: `retention.purge of ${domain}, what would go`,
    ask: (stores) => stores.retention.purge(domain, { before: WINDOW.to, dryRun: true, within: 1 }),
  },
  {
    name: `retention.purge of ${domain} with a hold`,
    ask: (stores) =>
      stores.retention.purge(domain, { before: WINDOW.to, held: { default: ['user-7'] }, dryRun: true, within: 1 }),
  },
])

export const QUESTIONS: readonly Question[] = [...traces, ...sessions, ...approvals, ...audit, ...retention]
