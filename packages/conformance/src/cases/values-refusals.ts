import assert from 'node:assert/strict'
import { type Storage, StoreError } from '@freehold/contract'
import { law } from '../case.js'
import { span } from './spans.js'
import { refused } from './support.js'

const ODD = { nonsense: 1 }
const TOLD = { tenant: 't', approvalId: 'a', seq: 1 }

/** Every input that has fields, with one that no contract knows. */
const UNKNOWN: Record<string, (on: Storage) => Promise<unknown>> = {
  'traces.find': (on) => on.traces.find(ODD as never),
  'traces.spans': (on) => on.traces.spans(ODD as never),
  'traces.toolStats': (on) => on.traces.toolStats(ODD as never),
  'traces.find, page': (on) => on.traces.find({}, ODD as never),
  'sessions.save': (on) => on.sessions.save({ id: 's', type: 'agent', ...ODD } as never),
  'sessions.save, options': (on) => on.sessions.save({ id: 's', type: 'agent' }, ODD as never),
  'sessions.appendRun': (on) => on.sessions.appendRun({ id: 'r', sessionId: 's', ...ODD } as never),
  'sessions.updateRun': (on) => on.sessions.updateRun('r', ODD as never),
  'sessions.updateRun, options': (on) => on.sessions.updateRun('r', { model: 'm' }, ODD as never),
  'sessions.list': (on) => on.sessions.list(ODD as never),
  'sessions.runs': (on) => on.sessions.runs(ODD as never),
  'sessions.list, page': (on) => on.sessions.list({}, ODD as never),
  'approvals.request': (on) => on.approvals.request({ id: 'a', ...ODD } as never),
  'approvals.request, policy': (on) => on.approvals.request({ id: 'a', policy: ODD as never }),
  'approvals.decide': (on) => on.approvals.decide('a', { decision: 'approved', by: 'us', ...ODD } as never),
  'approvals.list': (on) => on.approvals.list(ODD as never),
  'approvals.count': (on) => on.approvals.count(ODD as never),
  'approvals.events, page': (on) => on.approvals.events('a', ODD as never),
  'approvals.complete': (on) => on.approvals.complete('a', { outcome: 'failed', ...ODD } as never),
  'relay.register, options': (on) => on.relay.register('mail', ODD as never),
  'relay.take, options': (on) => on.relay.take('mail', 'us', ODD as never),
  'relay.settle': (on) => on.relay.settle('mail', [{ ...TOLD, ...ODD } as never]),
  'relay.settle, failure': (on) => on.relay.settle('mail', [{ ...TOLD, failure: { reason: 'x', retryIn: 1, ...ODD } }]),
  'relay.settle, dead': (on) => on.relay.settle('mail', [{ ...TOLD, dead: [{ seq: 1, reason: 'x', ...ODD }] }]),
  'relay.dead, page': (on) => on.relay.dead('mail', ODD as never),
  'audit.append': (on) => on.audit.append([{ actor: 'us', action: 'kept', ...ODD } as never]),
  'audit.read': (on) => on.audit.read(ODD as never),
  'audit.verify': (on) => on.audit.verify('main', ODD as never),
}

const SECRET = 'hunter2-s3cr3t'
const PLAIN = { password: SECRET }

/** Calls that fail with a payload in hand: refused at the door, by the state of a row, by what is not there. */
const FAILING: Record<string, (on: Storage) => Promise<unknown>> = {
  'sessions.save': (on) => on.sessions.save({ id: 's', type: 'agent', state: { password: SECRET, cart: 1n as never } }),
  'sessions.save, wrong type': (on) => on.sessions.save({ id: 's', type: 'agent', state: SECRET as never }),
  'sessions.save, moved': (on) => on.sessions.save({ id: 'there', type: 'agent', state: PLAIN, version: 9 }),
  'sessions.save, too long': (on) => on.sessions.save({ id: 's', type: 'agent', name: SECRET.repeat(50) }),
  'sessions.appendRun, no session': (on) => on.sessions.appendRun({ sessionId: 'gone', input: PLAIN }),
  'sessions.appendRun': (on) => on.sessions.appendRun({ sessionId: 'there', status: SECRET as never }),
  'sessions.updateRun': (on) => on.sessions.updateRun('gone', { output: SECRET }),
  'approvals.request': (on) => on.approvals.request({ args: { password: SECRET, n: Number.NaN } }),
  'approvals.request, other arguments': (on) =>
    on.approvals.request({ runId: 'run', toolCallId: 'call', args: SECRET }),
  'approvals.decide': (on) => on.approvals.decide('gone', { decision: 'approved', by: 'us', resolution: SECRET }),
  'approvals.decide, wrong type': (on) => on.approvals.decide('there', { decision: SECRET as never, by: 'us' }),
  'approvals.consume': (on) => on.approvals.consume('there', PLAIN),
  'approvals.complete': (on) => on.approvals.complete('there', { outcome: SECRET as never }),
  'approvals.request, bound': (on) => on.approvals.request({ args: { password: SECRET }, bind: ['other'] }),
  'relay.settle': (on) => on.relay.settle('mail', [{ ...TOLD, failure: { reason: SECRET, retryIn: 1 } }]),
  'relay.settle, wrong type': (on) => on.relay.settle('mail', [{ ...TOLD, seq: SECRET as never }]),
  'audit.append': (on) => on.audit.append([{ actor: 'us', action: 'kept', data: SECRET as never }]),
  'audit.append, taken': (on) => on.audit.append([{ id: 'there', actor: 'us', action: 'kept', data: PLAIN }]),
  'audit.read': (on) => on.audit.read({ from: SECRET as never }),
  'traces.find': (on) => on.traces.find({ status: SECRET as never }),
}

async function seeded(storage: Storage): Promise<void> {
  await storage.sessions.save({ id: 'there', type: 'agent' })
  await storage.approvals.request({ id: 'there', runId: 'run', toolCallId: 'call', args: 'shown' })
  await storage.audit.append([{ id: 'there', actor: 'us', action: 'kept' }])
}

/** Calls of which several arguments are wrong, and the fields of them all. */
const WRONG: readonly [name: string, call: (on: Storage) => Promise<unknown>, fields: string][] = [
  ['traces.find', (on) => on.traces.find({ status: 'x' as never, from: -1 }, { limit: 0 }), 'status from limit'],
  ['traces.spans', (on) => on.traces.spans({ traceId: 'x' }, { limit: 0, after: 'x' }), 'traceId limit after'],
  ['sessions.list', (on) => on.sessions.list({ type: 'x' as never }, { limit: 0 }), 'type limit'],
  ['sessions.save', (on) => on.sessions.save({ id: '', type: 'x' as never }, { ifVersion: -1 }), 'id type ifVersion'],
  ['sessions.runs', (on) => on.sessions.runs({ status: 'x' as never }, { limit: 0 }), 'status limit'],
  [
    'sessions.runs of a session',
    (on) => on.sessions.runs({ sessionId: '', from: -1 }, { limit: 0 }),
    'sessionId from limit',
  ],
  [
    'sessions.updateRun',
    (on) => on.sessions.updateRun('', { status: 'x' as never }, { ifStatus: 'y' as never }),
    'id status ifStatus',
  ],
  ['approvals.list', (on) => on.approvals.list({ type: 'x' as never }, { limit: 0 }), 'type limit'],
  ['approvals.events', (on) => on.approvals.events('', { limit: 0 }), 'id limit'],
  ['approvals.getMany', (on) => on.approvals.getMany(['', 'a', 5 as never]), 'ids.0 ids.2'],
  ['approvals.decide', (on) => on.approvals.decide('', { decision: 'x' as never, by: '' }), 'id decision by'],
  ['approvals.consume', (on) => on.approvals.consume('', { n: Number.NaN }), 'id args.n'],
  [
    'approvals.complete',
    (on) => on.approvals.complete('', { outcome: 'x' as never, by: '', reason: 5 as never }),
    'id outcome by reason',
  ],
  ['relay.register', (on) => on.relay.register('', { from: 'x' as never }), 'consumer from'],
  ['relay.take', (on) => on.relay.take('', '', { limit: 501 }), 'consumer holder limit'],
  [
    'relay.settle',
    (on) => on.relay.settle('', [{ tenant: '', approvalId: '', seq: -1, failure: {}, dead: [{}] } as never]),
    'consumer results[0].tenant results[0].approvalId results[0].seq results[0].failure.reason results[0].failure.retryIn results[0].dead[0].seq results[0].dead[0].reason',
  ],
  ['relay.dead', (on) => on.relay.dead('', { limit: 0 }), 'consumer limit'],
  ['approvals.cancel', (on) => on.approvals.cancel('', '', 5 as never), 'id by reason'],
  ['audit.read', (on) => on.audit.read({ from: -1 }, { limit: 0 }), 'from limit'],
  ['audit.read of a stream', (on) => on.audit.read({ stream: '', from: -1 }, { limit: 0 }), 'stream from limit'],
  [
    'audit.verify',
    (on) => on.audit.verify('', { from: { seq: -1 } as never, signal: 5 as never }),
    'stream from.stream from.seq from.hash signal',
  ],
  ['audit.records', (on) => on.audit.records('', -1), 'stream after'],
]

export const refusalCases = [
  law('all that is wrong with the arguments of a call is told at once', async ({ storage }) => {
    for (const [name, call, fields] of WRONG) {
      const { problems } = await refused('invalid', call(storage))
      assert.deepEqual([...new Set(problems.map((problem) => problem.field))].sort(), fields.split(' ').sort(), name)
    }
  }),

  law('an unknown field or filter is refused by name and never ignored', async ({ storage }) => {
    for (const [name, call] of Object.entries(UNKNOWN)) {
      const { problems } = await refused('invalid', call(storage))
      assert.match(problems.map((problem) => problem.field).join(), /(^|\.)nonsense$/, name)
    }
    const { rejected } = await storage.traces.write([span(1, ODD)])
    assert.match(rejected[0]?.reason ?? 'not rejected', /nonsense/)
  }),

  law('an error message never holds a payload', async ({ storage }) => {
    await seeded(storage)
    for (const [name, call] of Object.entries(FAILING)) {
      const error = await call(storage).then(
        () => assert.fail(`${name} resolved; it should have been refused`),
        (reason: unknown) => reason,
      )
      assert.ok(StoreError.is(error), `${name} was refused with ${String(error)}; a StoreError was expected`)
      const said = [error.message, ...error.problems.flatMap(({ field, message }) => [field, message])]
      for (const text of said) assert.equal(text.includes(SECRET), false, `${name}: ${text}`)
    }
    const { rejected } = await storage.traces.write([span(1, { name: { SECRET }, input: SECRET, kind: SECRET })])
    assert.equal(rejected.length, 1)
    assert.equal(rejected[0]?.reason.includes(SECRET), false, rejected[0]?.reason)
  }),
]
