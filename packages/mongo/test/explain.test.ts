import type { TenantStorage } from '@freehold/contract'
import { type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { traceIdOf } from '../../sql/test/spans.js'
import { MongoApprovals } from '../src/approvals.js'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'
import { MADE, T0 } from './volume.js'

const ROWS = 20_000

type Stores = Pick<TenantStorage, 'traces' | 'sessions' | 'approvals' | 'audit'>
type Read = (on: Stores) => Promise<unknown>

/** What each query reads by: its index, or `_id_`. */
const LISTS: Readonly<Record<string, [index: string, read: Read]>> = {
  'all traces': ['by_time', ({ traces }) => traces.find()],
  'traces since': ['by_time', ({ traces }) => traces.find({ from: T0 + ROWS - 1000 })],
  'traces of a session': ['by_session', ({ traces }) => traces.find({ sessionId: 's7' })],
  'traces of a user': ['by_user', ({ traces }) => traces.find({ userId: 'u7' })],
  'traces of an agent': ['by_agent', ({ traces }) => traces.find({ agentId: 'a7' })],
  'traces of a run': ['by_run', ({ traces }) => traces.find({ runId: 'r7' })],
  'traces with a label': ['by_label', ({ traces }) => traces.find({ labels: { release: 'a7' } })],
  'traces with labels, since': [
    'by_label',
    ({ traces }) => traces.find({ labels: { release: 'a7', environment: 'prod' }, from: T0 + ROWS - 1000 }),
  ],
  'traces with a label that none has': ['by_label', ({ traces }) => traces.find({ labels: { release: 'nobody' } })],
  'all spans': ['by_time', ({ traces }) => traces.spans()],
  'all sessions': ['by_time', ({ sessions }) => sessions.list()],
  'sessions of a user': ['by_user', ({ sessions }) => sessions.list({ userId: 'u7' })],
  'sessions of an agent': ['by_agent', ({ sessions }) => sessions.list({ agentId: 'a7' })],
  'sessions with a label': ['by_label', ({ sessions }) => sessions.list({ labels: { release: 'a7' } })],
  'runs with a label': ['by_label', ({ sessions }) => sessions.runs({ labels: { release: 'a7' } })],
  'all runs': ['by_time', ({ sessions }) => sessions.runs()],
  'runs of a user': ['by_user', ({ sessions }) => sessions.runs({ userId: 'u7' })],
  'runs of an agent': ['by_agent', ({ sessions }) => sessions.runs({ agentId: 'a7' })],
  'runs of a session': ['by_place', ({ sessions }) => sessions.runs({ sessionId: 's7' })],
  'all approvals': ['by_time', ({ approvals }) => approvals.list()],
  'pending approvals': ['by_status', ({ approvals }) => approvals.list({ status: 'pending' })],
  'approvals of a session': ['by_session', ({ approvals }) => approvals.list({ sessionId: 's7' })],
  'the whole audit': ['by_time', ({ audit }) => audit.read()],
  'the audit of an actor': ['by_actor', ({ audit }) => audit.read({ actor: 'u7' })],
  'the audit of an approval': ['by_approval', ({ audit }) => audit.read({ approvalId: 'p7' })],
  'the audit of a run': ['by_run', ({ audit }) => audit.read({ runId: 'r7' })],
  'a stream': ['by_place', ({ audit }) => audit.read({ stream: 'stream 7' })],
}

const POINTS: Readonly<Record<string, [index: string, read: Read]>> = {
  'a trace': ['_id_', ({ traces }) => traces.get(traceIdOf(7))],
  'spans of a trace': ['_id_', ({ traces }) => traces.spans({ traceId: traceIdOf(7) })],
  'a session': ['_id_', ({ sessions }) => sessions.get('s7')],
  'a run': ['_id_', ({ sessions }) => sessions.run('r7')],
  'an approval': ['_id_', ({ approvals }) => approvals.get('p7')],
  'an entry': ['_id_', ({ audit }) => audit.get('e7')],
  'a head': ['_id_', ({ audit }) => audit.head('stream 7')],
  'the queue': ['by_status', ({ approvals }) => approvals.queue()],
  'what has expired': ['by_expiry', ({ approvals }) => approvals.expire()],
  'a tool call': [
    'by_call',
    ({ approvals }) => approvals.request({ runId: 'r7', toolCallId: 'c7', args: 1 }).catch(() => undefined),
  ],
}

let name: string
let client: MongoClient
let stores: Stores
let sent: Document[]

beforeAll(async () => {
  if (SERVER === undefined) return
  name = newName()
  client = new MongoClient(databaseUrl(name), { monitorCommands: true, ignoreUndefined: true })
  const db = new Database(() => client.db(), 'freehold_')
  // Indexes are built faster over documents that are there.
  for (const [collection, made] of Object.entries(MADE))
    for (let at = 0; at < ROWS; at += 10_000)
      await db.collection(collection).insertMany(Array.from({ length: 10_000 }, (_, i) => made(at + i)))
  await new MongoMigrations(db, ['traces', 'sessions', 'approvals', 'audit']).up()
  stores = {
    traces: new MongoTraces(db, 'default'),
    sessions: new MongoSessions(db, 'default'),
    approvals: new MongoApprovals(db, 'default'),
    audit: new MongoAudit(db, 'default', newProcess()),
  }
  sent = []
  client.on('commandStarted', ({ command, commandName }) => {
    if (commandName === 'find' || commandName === 'aggregate') sent.push(command)
  })
}, 300_000)

afterAll(async () => {
  if (SERVER === undefined) return
  await client.close()
  await dropDatabase(name)
})

interface Plan {
  command: Document
  /** The indexes that it reads by. */
  indexes: string[]
  scansAll: boolean
  sorts: boolean
  /** False where the engine behind the server has a planner of its own, which always sorts, and counts prefixes as equal. */
  minds: boolean
}

/** The plan of every reading command that a call sends, without those that look for a schema. */
async function plansOf(read: Read): Promise<Plan[]> {
  sent = []
  await read(stores)
  const commands = sent.filter(({ find = '' }) => !/migrations$/.test(find))
  const plans: Plan[] = []
  for (const { $db: _, lsid: __, $readPreference: ___, ...command } of commands) {
    const inner = 'aggregate' in command ? { ...command, cursor: {} } : command
    const told = await client.db().command({ explain: inner, verbosity: 'queryPlanner' })
    // An aggregation that the server does not turn into a find has its plan in the stage that reads.
    const { queryPlanner } = told.stages?.[0].$cursor ?? told
    const minds = queryPlanner.postgres === undefined
    const stages = within(minds ? queryPlanner.winningPlan : queryPlanner.postgres)
    const has = (...names: string[]) => stages.some((stage) => names.includes(stage.stage ?? stage['Node Type']))
    const indexes = stages.flatMap((stage) => stage.indexName ?? stage['Index Name'] ?? (has('IDHACK') ? '_id_' : []))
    plans.push({ command, indexes, scansAll: has('COLLSCAN', 'Seq Scan'), sorts: has('SORT', 'Sort'), minds })
  }
  return plans
}

function within(plan: Document): Document[] {
  const parts = Object.values(plan).filter((part) => typeof part === 'object' && part !== null)
  return [plan, ...parts.flatMap(within)]
}

/** The fields that must have one value for a document to match. */
function fixedBy(filter: Document): string[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    if (field === '$and') return (condition as Document[]).flatMap(fixedBy)
    return field.startsWith('$') || isOperator(condition) ? [] : [field]
  })
}

function isOperator(condition: unknown): boolean {
  return typeof condition === 'object' && condition !== null && Object.keys(condition)[0]?.startsWith('$') === true
}

async function fieldsOf({ find, aggregate }: Document, index: string): Promise<string[]> {
  const indexes = await client
    .db()
    .collection(find ?? aggregate)
    .indexes()
  return Object.keys(indexes.find((one) => one.name === index)!.key)
}

/** True when the index, read backwards behind the fields that are fixed, gives documents in the order asked for. */
async function isInOrder(command: Document, index: string): Promise<boolean> {
  const [match, sort] = command.pipeline?.map((stage: Document) => stage.$match ?? stage.$sort) ?? []
  const fixed = fixedBy(command.filter ?? match)
  const fields = await fieldsOf(command, index)
  while (fixed.includes(fields[0]!)) fields.shift()
  const wanted = Object.entries(command.sort ?? sort) as [string, number][]
  return wanted.every(([field, direction], i) => fields[i] === field && direction === -1)
}

/** Asserts that the command reads by the index; for a planner that does not mind order, by one that begins alike. */
async function expectIndex({ command, indexes, minds }: Plan, index: string): Promise<void> {
  if (minds || index === '_id_') return expect(indexes).toContain(index)
  const used = await Promise.all(indexes.map((one) => fieldsOf(command, one)))
  const [wanted] = (await fieldsOf(command, index)).filter((field) => field !== '_id.tenant')
  const filter = JSON.stringify(command.filter ?? command.pipeline[0])
  if (filter.includes(`"${wanted}"`)) expect(used.flat()).toContain(wanted)
  expect(indexes).not.toEqual([])
}

describe.skipIf(SERVER === undefined)('over 100,000 documents', () => {
  for (const [what, [index, read]] of Object.entries(LISTS))
    test(`${what}: newest first by their index`, async () => {
      const plans = await plansOf(read)
      const list = plans.find(({ command }) => command.sort !== undefined || command.pipeline !== undefined)!
      await expectIndex(list, index)
      expect(await isInOrder(list.command, index)).toBe(true)
      expect(list.minds && list.sorts).toBe(false)
      expect(plans.filter(({ scansAll }) => scansAll)).toEqual([])
    })

  for (const [what, [index, read]] of Object.entries(POINTS))
    test(`${what}: by its key`, async () => {
      const plans = await plansOf(read)
      expect(plans.flatMap(({ indexes }) => indexes)).toContain(index)
      expect(plans.filter(({ scansAll }) => scansAll)).toEqual([])
    })
})
