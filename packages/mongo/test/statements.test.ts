import { newId } from '@freehold/contract'
import { type CommandStartedEvent, MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { MongoApprovals } from '../src/approvals.js'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

let name: string
let client: MongoClient
let db: Database
let commands: CommandStartedEvent[]

/** The same database, as another process has it. */
const elsewhere = () => new Database(() => client.db(), 'freehold_')
const names = () => commands.map(({ command, commandName }) => `${commandName} ${String(command[commandName])}`)
const batchOf = (size: number, traces: number, from = 0) =>
  Array.from({ length: size }, (_, i) => spanOf(traceIdOf(1 + (i % traces)), from + i))

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { monitorCommands: true, ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['traces', 'sessions', 'approvals', 'audit']).up()
    commands = []
    client.on('commandStarted', (event) => commands.push(event))
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  test('500 new spans of new traces take three commands, and so do 50', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(500, 50))
    expect(names()).toEqual(['update freehold_traces', 'insert freehold_spans', 'update freehold_traces'])
    commands.length = 0
    await traces.write(batchOf(50, 5, 1000).map((span) => ({ ...span, traceId: span.traceId.replace(/^0/, '1') })))
    expect(commands).toHaveLength(3)
  })

  test('500 new spans of known traces take five commands, and no span is read back', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(500, 50))
    commands.length = 0
    await traces.write(batchOf(500, 50, 500))
    expect(names()).toEqual([
      'update freehold_traces',
      'find freehold_traces',
      'insert freehold_spans',
      'find freehold_traces',
      'update freehold_traces',
    ])
  })

  test('a batch that was written before takes six commands and changes no span', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(500, 50))
    commands.length = 0
    await traces.write(batchOf(500, 50))
    expect(commands).toHaveLength(6)
    expect(names().filter((command) => command === 'update freehold_spans')).toEqual([])
  })

  test.each<[string, number, (own: MongoTraces) => MongoTraces]>([
    ['the same process', 7, (own) => own],
    ['another process', 8, () => new MongoTraces(elsewhere(), 'default')],
  ])('a batch that ends spans of %s takes %i commands, whatever its size', async (_, count, storeOf) => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(500, 50).map((span) => ({ ...span, endedAt: undefined })))
    commands.length = 0
    await storeOf(traces).write(batchOf(500, 50))
    expect(names()).toHaveLength(count)
  })

  test('what another process told of spans that run is in what their own tells of their end', async () => {
    const [own, other] = [new MongoTraces(db, 'default'), new MongoTraces(elsewhere(), 'default')]
    const spans = batchOf(20, 4)
    await own.write(spans.map((span) => ({ ...span, endedAt: undefined })))
    await other.write(spans.map((span) => ({ ...span, endedAt: undefined, userId: 'maria', scope: { name: 'other' } })))
    expect(await own.write(spans)).toMatchObject({ updated: 20 })
    const found = await Promise.all([1, 2, 3, 4].map(async (n) => (await other.get(traceIdOf(n)))!.spans))
    const told = found.flat().map(({ status, userId, scope }) => [status, userId, scope?.name].join())
    expect(new Set(told)).toEqual(new Set(['ok,maria,other']))
  })

  test('a page of traces is one command that reads no span', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(100, 50))
    commands.length = 0
    await traces.find({}, { limit: 20 })
    expect(names()).toEqual(['find freehold_traces'])
  })

  test('a page with traces whose writers are at work, or died, takes one command more', async () => {
    const traces = new MongoTraces(db, 'default')
    await traces.write(batchOf(100, 50))
    const announced = { _id: { $in: [1, 2, 3].map((n) => ({ tenant: 'default', traceId: traceIdOf(n) })) } }
    await db.collection('traces').updateMany(announced, { $set: { writing: [newId()] } })
    commands.length = 0
    await traces.find()
    expect(names()).toEqual(['find freehold_traces', 'find freehold_spans'])
  })

  test('appending the 50th run takes the three commands of the first, and touches no other run', async () => {
    const sessions = new MongoSessions(db, 'default')
    await sessions.save({ id: 's', type: 'agent' })
    commands.length = 0
    await sessions.appendRun({ sessionId: 's' })
    const first = names()
    expect(first).toEqual(['find freehold_sessions', 'insert freehold_runs', 'update freehold_sessions'])
    for (let i = 0; i < 48; i++) await sessions.appendRun({ sessionId: 's' })
    commands.length = 0
    await sessions.appendRun({ sessionId: 's' })
    expect(names()).toEqual(first)
  })

  test('a run is written once: no other command carries its payload', async () => {
    const sessions = new MongoSessions(db, 'default')
    await sessions.save({ id: 's', type: 'agent' })
    commands.length = 0
    await sessions.appendRun({ sessionId: 's', input: 'payload' })
    const carrying = commands.filter(({ command }) => JSON.stringify(command).includes('payload'))
    expect(carrying.map(({ commandName }) => commandName)).toEqual(['insert'])
  })

  test('removing a session deletes its runs by ranges of 10,000, also one that was never counted', async () => {
    const sessions = new MongoSessions(db, 'default')
    await sessions.save({ id: 's', type: 'agent' })
    const run = await sessions.appendRun({ sessionId: 's' })
    const row = await db.collection('runs').findOne({ '_id.id': run.id })
    const more = Array.from({ length: 20_000 }, (_, i) => ({
      ...row,
      _id: { tenant: 'default', id: `r${i}` },
      seq: i + 2,
    }))
    await db.insertNew('runs', more)
    await db.collection('sessions').updateOne({ '_id.id': 's' }, { $set: { runs: 20_000 } })
    commands.length = 0
    expect(await sessions.remove('s')).toBe(true)
    const places = commands.flatMap(({ command }) =>
      command.delete === 'freehold_runs' ? command.deletes[0].q.seq : [],
    )
    expect(places).toEqual([{ $gte: 1, $lt: 10_001 }, { $gte: 10_001 }])
    expect(await db.collection('runs').countDocuments()).toBe(0)
  })

  test('pages of sessions, runs, approvals and the audit take at most two commands', async () => {
    const [sessions, approvals] = [new MongoSessions(db, 'default'), new MongoApprovals(db, 'default')]
    const audit = new MongoAudit(db, 'default', newProcess())
    await sessions.save({ id: 's', type: 'agent' })
    await sessions.appendRun({ sessionId: 's' })
    await approvals.request({ id: 'a' })
    await audit.append([{ actor: 'ada', action: 'looked' }])
    const took = async (read: () => Promise<unknown>) => {
      commands.length = 0
      await read()
      return commands.length
    }
    expect(await took(() => sessions.list())).toBe(1)
    expect(await took(() => sessions.runs())).toBe(2)
    expect(await took(() => sessions.runs({ sessionId: 's' }))).toBe(2)
    expect(await took(() => approvals.list())).toBe(1)
    expect(await took(() => approvals.count())).toBe(1)
    expect(await took(() => approvals.events('a'))).toBe(1)
    expect(await took(() => audit.read())).toBe(1)
    expect(await took(() => audit.head())).toBe(1)
  })

  test('a decision is two commands, of which the one that writes asks for the time itself', async () => {
    const approvals = new MongoApprovals(db, 'default')
    await approvals.request({ id: 'a', expiresAt: Date.now() + 60_000 })
    commands.length = 0
    await approvals.decide('a', { decision: 'approved', by: 'ada' })
    expect(names()).toEqual(['aggregate freehold_approvals', 'findAndModify freehold_approvals'])
    expect(JSON.stringify(commands[1]!.command.query)).toContain('$$NOW')
  })

  test('one append is four commands once its process knows the head, and so are 500 at once', async () => {
    const audit = new MongoAudit(db, 'default', newProcess())
    const entry = { actor: 'ada', action: 'looked' }
    await audit.append([entry])
    commands.length = 0
    await audit.append([entry])
    const one = names()
    expect(one).toEqual([
      'insert freehold_audit_ids',
      'update freehold_audit_heads',
      'insert freehold_audit',
      'update freehold_audit_heads',
    ])
    commands.length = 0
    await audit.append(Array(500).fill(entry))
    expect(names()).toEqual(one)
  })

  test('appends that come at once share their commands', async () => {
    const audit = new MongoAudit(db, 'default', newProcess())
    await audit.append([{ actor: 'ada', action: 'looked' }])
    commands.length = 0
    await Promise.all(Array.from({ length: 100 }, () => audit.append([{ actor: 'ada', action: 'looked' }])))
    expect(commands.length).toBeLessThanOrEqual(8)
  })
})
