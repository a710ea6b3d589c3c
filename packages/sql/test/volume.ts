import { dayOf } from '@freehold/contract'
import type { Database } from '../src/database.js'
import type { Row } from '../src/dialects/dialect.js'
import { createTable, type Table } from '../src/schema.js'

/** Rows of each table but `spans`, which has two for each trace. */
export const VOLUME = 100_000
/** The oldest rows of the largest tenant: whatever they are named after is in no other row. */
const RARE = 3
/** What lasts longer than anything else, in microseconds. */
export const LONGEST = 20_000_000
const DAYS = 20
const DAY = 86_400_000
/** What an approval comes to. */
const OVER = ['approved', 'approved', 'approved', 'consumed', 'expired', 'rejected']
const NEVER = Date.parse('2100-01-01')
const PAYLOAD = `'"${'x'.repeat(200)}"'`

/** One row of it for each row of every table: what differs between rows. The tables are filled from it inside the database. */
const SEED: Table = {
  name: 'seed',
  columns: {
    n: 'integer',
    tenant: 'id',
    trace_id: 'hex',
    span_a: 'hex',
    span_b: 'hex',
    at: 'time',
    later: 'time',
    day: 'day',
    duration: 'integer?',
    name: 'label',
    kind: 'word',
    status: 'word',
    run_id: 'id',
    session_id: 'id',
    seq: 'integer',
    user_id: 'id',
    agent_id: 'id',
    team_id: 'id',
    workflow_id: 'id',
    model: 'label',
    tool: 'label',
    approval_status: 'word',
    expires_at: 'time',
    stream: 'id',
    hash: 'hash',
    previous_hash: 'hash',
  },
  key: ['n'],
}

type Columns = Readonly<Record<string, string>>

const TOKENS: Columns = {
  prompt_tokens: '10',
  completion_tokens: '2',
  cache_read_tokens: '0',
  cache_write_tokens: '0',
  reasoning_tokens: '0',
  cost_nanos: '0',
}
const OWNERS: Columns = named('user_id', 'agent_id', 'team_id', 'workflow_id')
const SPAN: Columns = {
  ...named('tenant', 'trace_id', 'name', 'status', 'run_id', 'session_id'),
  ...OWNERS,
  ...TOKENS,
  name_start: 'name',
  trace_day: 'day',
  started_at: 'at',
  ended_at: 'later',
  duration_us: 'duration',
  batch: `'fill'`,
  rank: `'1'`,
  input: PAYLOAD,
  output: PAYLOAD,
}

/** Table → column → expression over a row of the seed. A table may come twice. */
const FILLED: readonly (readonly [table: string, columns: Columns])[] = [
  [
    'traces',
    {
      ...named('tenant', 'trace_id', 'name', 'kind', 'status', 'run_id', 'session_id'),
      ...OWNERS,
      ...TOKENS,
      name_start: 'name',
      trace_day: 'day',
      root_span_id: 'span_a',
      started_at: 'at',
      ended_at: 'later',
      duration_us: 'duration',
      spans: '2',
      errors: '0',
      running: '0',
      kinds: `'{}'`,
      models: `'[]'`,
      tools: `'[]'`,
      root: `'{}'`,
      places: `'{}'`,
      batch: `'fill'`,
    },
  ],
  ['spans', { ...SPAN, span_id: 'span_a', kind: `'llm'`, model: 'model' }],
  ['spans', { ...SPAN, span_id: 'span_b', kind: `'tool'`, tool: 'tool' }],
  [
    'sessions',
    {
      ...named('tenant'),
      ...OWNERS,
      id: 'run_id',
      type: `'agent'`,
      name: 'name',
      version: '1',
      runs: '1',
      created_at: 'at',
      updated_at: 'later',
      state: PAYLOAD,
    },
  ],
  [
    'runs',
    {
      ...named('tenant', 'session_id', 'seq', 'model', 'trace_id'),
      ...OWNERS,
      id: 'run_id',
      type: `'agent'`,
      status: `case status when 'ok' then 'completed' else status end`,
      started_at: 'at',
      ended_at: 'later',
      input: PAYLOAD,
      output: PAYLOAD,
    },
  ],
  ...Object.entries({ environment: 'team_id', release: 'agent_id' }).flatMap(([name, value]) =>
    labels(`'${name}'`, value),
  ),
  [
    'approvals',
    {
      ...named('tenant', 'run_id', 'session_id', 'tool', 'agent_id', 'team_id', 'workflow_id', 'expires_at'),
      id: 'run_id',
      type: `'required'`,
      pause_type: `'confirmation'`,
      status: 'approval_status',
      tool_call_id: 'run_id',
      step_id: "''",
      requested_by: 'user_id',
      requested_at: 'at',
      on_expiry: `'expired'`,
      version: '1',
      args_hash: 'hash',
      args: PAYLOAD,
      policy: `'{}'`,
      votes: `'[]'`,
    },
  ],
  [
    'approval_events',
    { ...named('tenant'), approval_id: 'run_id', seq: '1', id: 'run_id', type: `'requested'`, at: 'at' },
  ],
  [
    'audit',
    {
      ...named('tenant', 'stream', 'trace_id', 'run_id', 'session_id', 'hash', 'previous_hash'),
      seq: 'n + 1',
      id: 'run_id',
      time: 'at',
      actor: 'user_id',
      action: 'tool',
      target: 'agent_id',
      outcome: 'status',
      shape: 'kind',
      approval_id: 'run_id',
      hashed_text: PAYLOAD,
    },
  ],
]

/** One label of every trace, session and run. */
function labels(name: string, value: string): [string, Columns][] {
  const label = { ...named('tenant'), name, value }
  return [
    ['trace_labels', { ...label, ...named('trace_id'), trace_day: 'day', started_at: 'at' }],
    ['session_labels', { ...label, id: 'run_id', created_at: 'at' }],
    ['run_labels', { ...label, ...named('session_id', 'seq'), id: 'run_id', started_at: 'at' }],
  ]
}

function named(...columns: string[]): Columns {
  return Object.fromEntries(columns.map((column) => [column, column]))
}

/** Fills every table with what looks like three weeks of use by three tenants, and lets the database count it. */
export async function fill(db: Database, analyse: (table: string) => string): Promise<void> {
  const { dialect, knex } = db
  // Whole days: the first of them would else hold fewer rows the later in the day this runs, and a few are read whole.
  const start = (Math.floor(Date.now() / DAY) - DAYS) * DAY
  for (const statement of createTable(dialect, db.prefix, SEED)) await knex.raw(statement)
  await db.makeDays(Array.from({ length: DAYS }, (_, n) => start + n * DAY))
  for (let n = 0; n < VOLUME; n += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, i) => seedRow(db, n + i, start))
    await knex.batchInsert(db.table(SEED.name), rows, 500)
  }
  for (const [table, columns] of FILLED) {
    const names = Object.keys(columns).map(dialect.quote).join(', ')
    const values = Object.values(columns).join(', ')
    await knex.raw(`insert into ${db.table(table)} (${names}) select ${values} from ${db.table(SEED.name)} order by n`)
  }
  for (const table of new Set(FILLED.map(([table]) => table))) await knex.raw(analyse(db.table(table)))
}

function seedRow({ dialect }: Database, n: number, start: number): Row {
  const isRare = n < RARE
  const of = (what: string, count: number, salt: number) => `${what}-${isRare ? 'rare' : spread(n, salt) % count}`
  const at = start + n * Math.floor((DAYS * DAY) / VOLUME)
  const share = spread(n, 1) % 100
  const dice = spread(n, 2) % 100
  const big = n < 1_000
  return {
    n,
    tenant: isRare || share < 90 ? 'default' : share < 97 ? 'acme' : 'other',
    trace_id: hex(n, 32),
    span_a: hex(2 * n + 1, 16),
    span_b: hex(2 * n + 2, 16),
    at: dialect.toTime(at),
    later: dialect.toTime(at + 1_000),
    day: dayOf(at),
    duration: isRare ? LONGEST : spread(n, 3) % 10_000_000,
    name: of('name', 50, 4),
    kind: dice < 80 ? 'run' : dice < 95 ? 'llm' : 'tool',
    status: dice < 90 ? 'ok' : dice < 99 ? 'error' : 'running',
    run_id: `run-${n}`,
    session_id: big ? 'session-0' : `session-${Math.floor(n / 10)}`,
    seq: big ? n + 1 : (n % 10) + 1,
    user_id: of('user', 500, 5),
    agent_id: of('agent', 200, 6),
    team_id: of('team', 10, 7),
    workflow_id: of('workflow', 10, 8),
    model: of('model', 8, 9),
    tool: of('tool', 30, 10),
    approval_status: spread(n, 12) % 200 === 0 ? 'pending' : OVER[dice % OVER.length]!,
    expires_at: n % 20 === 0 ? dialect.toTime(at) : dialect.toTime(NEVER),
    stream: n % 10 === 0 ? of('stream', 5, 11) : 'main',
    hash: hex(n + 1, 64),
    previous_hash: hex(n, 64),
  }
}

function hex(n: number, length: number): string {
  return n.toString(16).padStart(length, '0')
}

/** A number that looks random, the same for the same `n` and `salt`. */
function spread(n: number, salt: number): number {
  let x = Math.imul(n ^ Math.imul(salt, 0x9e3779b9), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
