import { type Approval, acceptApproval, decideStep, newId, type Storage } from '@freehold/contract'
import { BSON, type CommandStartedEvent, type Document, MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { MongoApprovals } from '../src/approvals.js'
import { Database, type Row } from '../src/database.js'
import { approvalOf, approvalRow, eventsOf, stepUpdate } from '../src/documents/approvals.js'
import { decodeJson, encodeJson } from '../src/documents/json.js'
import { MongoSessions } from '../src/sessions.js'
import { MongoTraces } from '../src/traces.js'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

const MIB = 1_048_576
const LARGEST = 16 * MIB
const sizeOf = (value: unknown) => BSON.calculateObjectSize({ value })
const text = (mib: number) => 'x'.repeat(mib * MIB)

describe('a value as a document', () => {
  const dots = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${'.'.repeat(9_990)}${n}`, 1]))
  const dense: Record<string, object> = {
    'numbers of an array': Array.from({ length: 20_000 }, (_, n) => n % 10),
    'fractions of an array': Array.from({ length: 20_000 }, () => 0.5),
    'empty objects': Array.from({ length: 20_000 }, () => ({})),
    'keys of dots': dots,
    'very many values': Array.from({ length: 100_000 }, () => 1),
  }
  for (const [what, value] of Object.entries(dense))
    test(`of ${what} is hardly larger than its text, and comes back`, () => {
      const encoded = encodeJson(value)
      expect(sizeOf(encoded)).toBeLessThan(Buffer.byteLength(JSON.stringify(value)) + 300_000)
      expect(decodeJson(encoded)).toEqual(value)
    })
})

const REASON = 'x'.repeat(2_090)

/** Takes a vote of the longest id with a document of the database, as the store does. */
function vote(row: Document, approval: Approval, n: number): Approval {
  const decision = { decision: 'approved', by: String(n).padStart(128, 'v'), reason: REASON } as const
  const { approval: after, event } = decideStep(approval, decision, 2_000)!
  const { $set, $push } = stepUpdate(approval, after, { ...event, id: newId(), seq: after.version })
  Object.assign(row, $set)
  for (const [field, item] of Object.entries($push as Document)) row[field].push(item)
  return after
}

/** An approval for which a thousand must vote, with all that the rules allow, when all but the last have. */
function largestApproval(): { row: Row; approval: Approval } {
  const policy = { quorum: 1_000 }
  const accepted = acceptApproval({ args: text(8).slice(2), requestedBy: 'r'.repeat(128), policy }, 1_000)
  const row = approvalRow('default', accepted, { id: newId(), seq: 1, type: 'requested', at: 1_000 })
  let approval = vote(row, accepted, 0)
  for (let n = 1; n < 999; n++) {
    const by = String(n).padStart(128, 'v')
    approval = { ...approval, votes: [...approval.votes, { ...approval.votes[0]!, by }], version: n + 2 }
    row.votes.push({ ...row.votes[0], by })
    row.events.push({ ...row.events[1], id: newId(), seq: n + 2, by })
  }
  row.version = approval.version
  return { row, approval }
}

test('an approval with a thousand votes that give reasons fits a document, and its history tells them', () => {
  const { row, approval } = largestApproval()
  const after = vote(row, approval, 999)
  expect(after.status).toBe('approved')
  expect(sizeOf(row)).toBeLessThan(LARGEST)
  expect(approvalOf(row)).toEqual(after)
  expect(eventsOf(row).map(({ reason }) => reason)).toEqual([undefined, ...after.votes.map(({ reason }) => reason)])
})

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  test('a run whose parts fit, and which is too large as a whole, is refused where it becomes so, and can be ended', async () => {
    await storage.sessions.save({ id: 's', type: 'agent' })
    await storage.sessions.appendRun({ id: 'r', sessionId: 's', input: text(6) })
    await storage.sessions.updateRun('r', { output: text(5) })
    await expect(storage.sessions.updateRun('r', { messages: text(5) })).rejects.toMatchObject({
      code: 'invalid',
      problems: [{ field: 'messages' }],
    })
    const run = await storage.sessions.updateRun('r', { messages: 'elsewhere', status: 'completed' })
    expect(run).toEqual(await storage.sessions.run('r'))
  })

  test('the largest approval there is takes its last vote', async () => {
    const { row, approval } = largestApproval()
    await withDatabase(url, (db) => db.collection<Row>('freehold_approvals').insertOne(row))
    const decided = await storage.approvals.decide(approval.id, { decision: 'approved', by: 'last', reason: REASON })
    expect(decided).toMatchObject({ won: true, approval: { status: 'approved' } })
    expect((await storage.approvals.events(approval.id, { limit: 1_000 })).items).toHaveLength(1_000)
  })

  test('who votes anew has both reasons in the history, and who gave none has none', async () => {
    await storage.approvals.request({ id: 'a', policy: { quorum: 3 } })
    await storage.approvals.decide('a', { decision: 'approved', by: 'ann' })
    await storage.approvals.decide('a', { decision: 'approved', by: 'bob', reason: 'fine' })
    await storage.approvals.decide('a', { decision: 'rejected', by: 'bob', reason: 'not fine' })
    const { items } = await storage.approvals.events('a')
    expect(items.map(({ by, reason }) => [by, reason])).toEqual([
      [undefined, undefined],
      ['ann', undefined],
      ['bob', 'fine'],
      ['bob', 'not fine'],
    ])
    await storage.approvals.request({ id: 'b', policy: { quorum: 3 } })
    await storage.approvals.decide('b', { decision: 'approved', by: 'ann' })
    await storage.approvals.decide('b', { decision: 'rejected', by: 'ann', reason: 'not fine' })
    expect((await storage.approvals.events('b')).items.map(({ reason }) => reason)).toEqual([
      undefined,
      undefined,
      'not fine',
    ])
  })

  test('an append with the longest reasons there are, in characters of three bytes, is kept and whole', async () => {
    const entries = Array.from({ length: 400 }, () => ({ actor: 'ada', action: 'one', reason: '漢'.repeat(10_000) }))
    await storage.audit.append(entries)
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 400 })
  })

  test('a span that grows too large by what is told of it later is rejected by its place, and stays as it was', async () => {
    const part = Array.from({ length: 15 }, () => 'x'.repeat(262_144))
    const span = spanOf(traceIdOf(1), 1)
    const told = (field: string) => [spanOf(traceIdOf(1), 2), { ...span, input: undefined, [field]: part }]
    for (const field of ['input', 'output', 'attributes'])
      await storage.traces.write(
        told(field).map((one) => ({ ...one, ...(field === 'attributes' ? { attributes: { part } } : {}) })),
      )
    const before = await storage.traces.get(traceIdOf(1))
    const result = await storage.traces.write([
      spanOf(traceIdOf(1), 3),
      { ...span, input: undefined, resource: { part } },
    ])
    expect(result).toMatchObject({ written: 1, updated: 0, duplicates: 0, rejected: [{ index: 1 }] })
    const after = await storage.traces.get(traceIdOf(1))
    expect(after!.spans.slice(0, 2)).toEqual(before!.spans)
  })

  test('a trace of very many tools with long names is kept, found by each, and shows the first', async () => {
    const toolOf = (n: number) => `${String(n).padStart(5, '0')}${'漢'.repeat(250)}`
    const spans = Array.from({ length: 3_000 }, (_, n) => ({
      ...spanOf(traceIdOf(1), n),
      kind: 'tool' as const,
      detail: { tool: toolOf(n) },
    }))
    await storage.traces.write(spans)
    await storage.traces.write([{ ...spans[0]!, spanId: 'f'.repeat(16) }])
    for (const n of [0, 49, 50, 2_999]) expect((await storage.traces.find({ tool: toolOf(n) })).items).toHaveLength(1)
    expect((await storage.traces.find({ tool: 'none' })).items).toEqual([])
    const [summary] = (await storage.traces.find()).items
    expect(summary!.tools).toEqual(Array.from({ length: 50 }, (_, n) => toolOf(n)))
    expect(summary).toEqual((await storage.traces.get(traceIdOf(1)))!.summary)
  })

  describe('sends what changed and no more:', () => {
    let client: MongoClient
    let sent: CommandStartedEvent[]
    let db: Database

    beforeEach(() => {
      client = new MongoClient(url, { monitorCommands: true, ignoreUndefined: true })
      sent = []
      client.on('commandStarted', (event) => sent.push(event))
      db = new Database(() => client.db(), 'freehold_')
    })

    afterEach(() => client.close())

    const carrying = (payload: string) =>
      sent
        .filter(({ command }) => BSON.EJSON.stringify(command).includes(payload))
        .map(({ commandName }) => commandName)

    test('a decision, a spending and a sweep send no arguments', async () => {
      const approvals = new MongoApprovals(db, 'default')
      await approvals.request({ id: 'a', args: 'payload', context: { a: 'payload' }, policy: { quorum: 2 } })
      await approvals.request({ id: 'b', args: 'payload', expiresAt: 1 })
      for (const by of ['ann', 'bob'])
        await approvals.decide('a', { decision: 'approved', by, reason: `reason of ${by}` })
      await approvals.consume('a', 'payload')
      expect(await approvals.expire()).toBe(1)
      expect(carrying('payload')).toEqual(['insert', 'insert'])
      expect(carrying('reason of ann')).toEqual(['findAndModify'])
    })

    test('a save sends the fields that it changes', async () => {
      const sessions = new MongoSessions(db, 'default')
      await sessions.save({ id: 's', type: 'agent', state: { a: 'payload' }, name: 'first' })
      await sessions.save({ id: 's', type: 'agent', state: { a: 'payload' }, name: 'second' })
      expect(await sessions.get('s')).toMatchObject({ name: 'second', state: { a: 'payload' }, version: 2 })
      expect(carrying('payload')).toEqual(['insert'])
    })

    test("a span's end sends what it adds", async () => {
      const traces = new MongoTraces(db, 'default')
      const { endedAt, ...begun } = { ...spanOf(traceIdOf(1), 1), input: 'payload' }
      await traces.write([{ ...begun, attributes: { a: 'payload' } }])
      sent.length = 0
      const { input: _, ...ended } = { ...begun, endedAt, output: 'done' }
      await traces.write([ended])
      const [span] = (await traces.get(traceIdOf(1)))!.spans
      expect(span).toMatchObject({ input: 'payload', attributes: { a: 'payload' }, output: 'done', endedAt })
      const updates = sent.filter(({ command }) => command.update === 'freehold_spans')
      expect(updates.map(({ command }) => BSON.EJSON.stringify(command).includes('payload'))).toEqual([false])
    })
  })
})
