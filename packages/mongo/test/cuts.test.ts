import assert from 'node:assert/strict'
import type { Shape, SpanInput, TenantStorage } from '@freehold/contract'
import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MongoApprovals } from '../src/approvals.js'
import { MongoAudit } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import { Cut, CutDatabase } from './cut-database.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'
import { spanOf, traceIdOf } from './spans.js'

type Stores = Pick<TenantStorage, 'traces' | 'sessions' | 'approvals' | 'audit'>

interface Scenario {
  name: string
  prepare?(on: Stores): Promise<unknown>
  act(on: Stores): Promise<unknown>
  /** What another writer does between the cut and the second delivery. */
  other(on: Stores): Promise<unknown>
}

const LONG_AGO = 1
const ANYTHING: Shape = {
  name: 'anything',
  schema: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  columns: { colour: 'text' },
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i)
const batchOf = (numbers: readonly number[]): SpanInput[] => numbers.map((n) => spanOf(traceIdOf(1 + (n % 2)), n))
const running = (numbers: readonly number[]) => batchOf(numbers).map((span) => ({ ...span, endedAt: undefined }))
const session = { id: 's', type: 'agent' } as const
const entry = (id: string, stream = 'main') => ({ id, stream, actor: 'ann', action: 'refund', data: { 'a.b': id } })
const approve = (by: string) => ({ decision: 'approved', by }) as const

const TRACES: Scenario[] = [
  {
    name: 'writing spans of new traces',
    act: ({ traces }) => traces.write(batchOf(range(6))),
    other: ({ traces }) => traces.write(batchOf(range(4, 3))),
  },
  {
    name: 'writing new spans of known traces',
    prepare: ({ traces }) => traces.write(batchOf(range(4))),
    act: ({ traces }) => traces.write(batchOf(range(6, 4))),
    other: ({ traces }) => traces.write(batchOf(range(4, 20))),
  },
  {
    name: 'writing spans that are known, new and changed',
    prepare: ({ traces }) => traces.write(running(range(4))),
    act: ({ traces }) => traces.write(batchOf(range(6, 1))),
    other: ({ traces }) => traces.write(running(range(9))),
  },
]

const SESSIONS: Scenario[] = [
  {
    name: 'saving a new session',
    act: ({ sessions }) => sessions.save({ ...session, state: { step: 1 } }),
    other: ({ sessions }) => sessions.save({ ...session, name: 'other' }),
  },
  {
    name: 'saving a change',
    prepare: ({ sessions }) => sessions.save(session),
    act: ({ sessions }) => sessions.save({ ...session, state: { step: 1 } }),
    other: ({ sessions }) => sessions.appendRun({ id: 'other', sessionId: 's' }),
  },
  {
    name: 'appending a run',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'first', sessionId: 's' })
    },
    act: ({ sessions }) => sessions.appendRun({ id: 'second', sessionId: 's', startedAt: 1_000 }),
    other: ({ sessions }) => sessions.appendRun({ id: 'other', sessionId: 's' }),
  },
  {
    name: 'updating a run',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'first', sessionId: 's', startedAt: 1_000 })
    },
    act: ({ sessions }) => sessions.updateRun('first', { status: 'completed', output: { $set: 1 } }),
    other: ({ sessions }) => sessions.updateRun('first', { model: 'small' }),
  },
  {
    name: 'removing a session',
    prepare: async ({ sessions }) => {
      await sessions.save(session)
      for (const id of ['a', 'b', 'c']) await sessions.appendRun({ id, sessionId: 's' })
    },
    act: ({ sessions }) => sessions.remove('s'),
    other: async ({ sessions }) => {
      await sessions.save(session)
      await sessions.appendRun({ id: 'a', sessionId: 's' })
    },
  },
]

const APPROVALS: Scenario[] = [
  {
    name: 'requesting an approval',
    act: ({ approvals }) => approvals.request({ id: 'a', runId: 'r', toolCallId: 'c', args: { $x: 1 } }),
    other: ({ approvals }) => approvals.request({ runId: 'r', toolCallId: 'c', args: { $x: 1 } }),
  },
  {
    name: 'deciding',
    prepare: ({ approvals }) => approvals.request({ id: 'a', policy: { quorum: 2 } }),
    act: async ({ approvals }) => (await approvals.decide('a', approve('ann'))).approval,
    other: ({ approvals }) => approvals.decide('a', approve('bob')),
  },
  {
    name: 'sweeping what has expired',
    prepare: async ({ approvals }) => {
      for (const id of ['a', 'b']) await approvals.request({ id, expiresAt: LONG_AGO })
    },
    act: ({ approvals }) => approvals.expire().then(() => undefined),
    other: ({ approvals }) => approvals.decide('a', approve('bob')),
  },
  ...(['consume', 'cancel'] as const).map((verb): Scenario => {
    const spend = ({ approvals }: Stores) =>
      verb === 'consume' ? approvals.consume('a') : approvals.cancel('a', 'ann')
    return {
      name: `${verb} of an approval`,
      prepare: async ({ approvals }) => {
        await approvals.request({ id: 'a' })
        if (verb === 'consume') await approvals.decide('a', approve('bob'))
      },
      // A second time is refused: by then it is done.
      act: (on) =>
        spend(on).then(
          () => undefined,
          (error: { code?: string }) => {
            if (error.code !== 'conflict') throw error
          },
        ),
      other: ({ approvals }) => approvals.list(),
    }
  }),
]

const AUDIT: Scenario[] = [
  {
    name: 'appending to a new stream',
    act: ({ audit }) => audit.append([entry('a'), entry('b')]),
    other: ({ audit }) => audit.append([entry('c')]),
  },
  {
    name: 'appending to streams that are there, what is there and what is not',
    prepare: ({ audit }) => audit.append([entry('a'), entry('x', 'second')]),
    act: ({ audit }) => audit.append([entry('b'), entry('a'), entry('y', 'second'), entry('c')]),
    other: ({ audit }) => audit.append([entry('d'), entry('z', 'second'), entry('b')]),
  },
  {
    name: 'remembering a head',
    prepare: ({ audit }) => audit.append([entry('a')]),
    act: ({ audit }) => audit.checkpoint(),
    other: ({ audit }) => audit.append([entry('b')]),
  },
  {
    name: 'remembering the head of an empty stream',
    act: ({ audit }) => audit.checkpoint(),
    other: ({ audit }) => audit.append([entry('b')]),
  },
  {
    name: 'defining a shape',
    act: ({ audit }) => audit.define(ANYTHING),
    other: ({ audit }) => audit.append([entry('b')]),
  },
]

let client: MongoClient
let db: Db
let name: string
let tenants = 0

beforeAll(async () => {
  if (SERVER === undefined) return
  name = newName()
  client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
  db = client.db()
  await new MongoMigrations(new Database(db, 'freehold_'), ['traces', 'sessions', 'approvals', 'audit']).up()
})

afterAll(async () => {
  if (SERVER === undefined) return
  await client.close()
  await dropDatabase(name)
})

/** Stores of a process of their own: nothing is left of what another remembered. */
function storesOn(database: Database, tenant: string): Stores {
  return {
    traces: new MongoTraces(database, tenant),
    sessions: new MongoSessions(database, tenant),
    approvals: new MongoApprovals(database, tenant),
    audit: new MongoAudit(database, tenant, { shapes: new Map(), writers: new Map() }),
  }
}

const fresh = (tenant: string) => storesOn(new Database(db, 'freehold_'), tenant)

/** The view and the shape lie beside the tenants: each tenant defines it anew. */
async function prepared(scenario: Scenario): Promise<string> {
  tenants += 1
  const tenant = `t${tenants}`
  await db.collection('freehold_audit_shapes').deleteMany({})
  await scenario.prepare?.(fresh(tenant))
  return tenant
}

/** Of a process that died: the next need not wait for the end of its lease here. */
async function leave(): Promise<void> {
  await db.collection('freehold_leases').updateMany({}, { $set: { holder: '', expiresAt: new Date(0) } })
}

/** All that can be read, without what differs from run to run: times of the store, ids and hashes made by it. */
async function viewOf({ traces, sessions, approvals, audit }: Stores): Promise<unknown> {
  const seen = {
    traces: [await traces.find(), await traces.get(traceIdOf(1)), await traces.get(traceIdOf(2)), await traces.spans()],
    sessions: [await sessions.list(), await sessions.get('s'), await sessions.runs(), await sessions.run('second')],
    approvals: [await approvals.list(), await approvals.get('a'), await approvals.events('a'), await approvals.queue()],
    audit: await Promise.all(['main', 'second'].map((stream) => audit.read({ stream }))),
    chains: [await audit.head(), await audit.head('second'), await audit.verify(), await audit.verify('second')],
    views: (await db.listCollections({ type: 'view' }).toArray()).length,
  }
  return JSON.parse(JSON.stringify(seen, (key, value) => (isMade(key, value) ? 'made' : value)))
}

function isMade(key: string, value: unknown): boolean {
  if (
    /^(createdAt|updatedAt|requestedAt|at|time|oldest)$/.test(key) ||
    (key === 'startedAt' && Number(value) > 1.77e12)
  )
    return true
  return typeof value === 'string' && (/^[0-9a-f]{64}$/.test(value) || /^[0-9a-f-]{36}$/.test(value))
}

/** What every reader must find at any time, whatever became of the writers. */
async function lawsHold({ traces, sessions, approvals, audit }: Stores): Promise<void> {
  for (const { traceId } of (await traces.find()).items) {
    const whole = await traces.get(traceId)
    const listed = (await traces.find()).items.find((item) => item.traceId === traceId)
    assert.deepEqual(listed, whole?.summary)
  }
  const all = (await sessions.runs()).items
  for (const { id, runs } of (await sessions.list()).items) {
    const { items } = await sessions.runs({ sessionId: id })
    assert.deepEqual(
      items.map(({ seq }) => seq),
      range(runs, 1).reverse(),
    )
    assert.equal(all.filter((run) => run.sessionId === id).length, runs)
  }
  const known = (await sessions.list()).items.map(({ id }) => id)
  assert.deepEqual(
    all.filter((run) => !known.includes(run.sessionId)),
    [],
  )
  for (const { id } of (await approvals.list()).items) {
    const { version, status } = (await approvals.get(id))!
    const { items } = await approvals.events(id)
    if (items.at(-1)?.type !== 'requested') assert.equal(items.length, version, `${id} is ${status}`)
  }
  for (const stream of ['main', 'second']) {
    const verified = await audit.verify(stream)
    assert.equal(verified.status, 'ok', JSON.stringify(verified))
    assert.equal((await audit.read({ stream })).items.length, (await audit.head(stream)).seq)
  }
}

async function commandsOf(scenario: Scenario): Promise<number> {
  const counting = new CutDatabase(db, 'freehold_', undefined)
  await scenario.act(storesOn(counting, await prepared(scenario)))
  return counting.commands
}

/** Delivers to a tenant whose writer is cut off at a command. */
async function cutShort(scenario: Scenario, command: number, side: 'before' | 'after'): Promise<string> {
  const tenant = await prepared(scenario)
  const cutting = new CutDatabase(db, 'freehold_', { command, side })
  await scenario.act(storesOn(cutting, tenant)).then(
    () => undefined,
    (error: unknown) => assert.ok(error instanceof Cut, String(error)),
  )
  await leave()
  return tenant
}

describe.skipIf(SERVER === undefined)('a writer that is cut off at any command', () => {
  for (const scenario of [...TRACES, ...SESSIONS, ...APPROVALS, ...AUDIT])
    describe(scenario.name, () => {
      test('and delivers again leaves what an uninterrupted one does, and readers see no broken law meanwhile', async () => {
        const undisturbed = await prepared(scenario)
        const result = await scenario.act(fresh(undisturbed))
        const expected = await viewOf(fresh(undisturbed))
        for (const command of range(await commandsOf(scenario), 1))
          for (const side of ['before', 'after'] as const) {
            const tenant = await cutShort(scenario, command, side)
            const where = `${side} command ${command}`
            await lawsHold(fresh(tenant)).catch((error: Error) => assert.fail(`${where}: ${error.stack}`))
            const again = await scenario.act(fresh(tenant))
            expect(await viewOf(fresh(tenant)), where).toEqual(expected)
            if (scenario.name.startsWith('removing') || scenario.name.startsWith('writing')) continue
            expect(Object.keys(again ?? {}).sort(), where).toEqual(Object.keys(result ?? {}).sort())
          }
      }, 120_000)

      test('while another writes, before it delivers again, breaks no law', async () => {
        for (const command of range(await commandsOf(scenario), 1))
          for (const side of ['before', 'after'] as const) {
            const tenant = await cutShort(scenario, command, side)
            await scenario.other(fresh(tenant))
            await lawsHold(fresh(tenant))
            await scenario.act(fresh(tenant))
            await lawsHold(fresh(tenant)).catch((error: Error) => assert.fail(`${side} ${command}: ${error.stack}`))
          }
      }, 120_000)
    })
})
