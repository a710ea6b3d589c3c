import assert from 'node:assert/strict'
import type { AuditInput, AuditQuery, Shape } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf } from './support.js'

const NOON = 1_750_000_000_000

const NOTE: Shape = {
  name: 'note',
  columns: { text: 'text' },
  schema: { '~standard': { version: 1, vendor: 'freehold', validate: (value) => ({ value }) } },
}

const WHOLE: AuditInput = {
  id: 'one',
  stream: 'refunds',
  time: NOON,
  actor: 'ann',
  action: 'refund.approved',
  target: 'order 7',
  outcome: 'done',
  shape: 'note',
  data: { text: 'broken' },
  traceId: 't',
  runId: 'r',
  sessionId: 's',
  approvalId: 'p',
}

/** Checkpoints, and reading. */
export const auditReadingCases = [
  law('a checkpoint names the head at its time', async ({ storage: { audit } }) => {
    const [, second] = await audit.append(['a', 'b'].map((id) => ({ id, actor: 'ann', action: 'refund' })))
    const { at, ...named } = await audit.checkpoint()
    assert.deepEqual(named, { stream: 'main', seq: 2, hash: second!.hash })
    // The clock may be that of another machine.
    assert.ok(Math.abs(at - Date.now()) < 3_600_000, `its time is ${at}`)
  }),

  law('a checkpoint of one stream leaves the others as they were', async ({ storage }) => {
    const { audit } = storage
    const other = storage.tenant('other').audit
    const lengths = { short: 1, middle: 2, long: 3 }
    for (const [stream, length] of Object.entries(lengths))
      for (let n = 1; n <= length; n++)
        await audit.append([{ id: `${stream} ${n}`, stream, actor: 'ann', action: 'refund' }])
    await other.append([{ stream: 'middle', actor: 'ann', action: 'refund' }])
    await audit.checkpoint('middle')
    for (const [stream, length] of Object.entries(lengths))
      assert.deepEqual(await audit.verify(stream), {
        status: 'ok',
        stream,
        entries: length,
        from: { stream, seq: 0, hash: '0'.repeat(64) },
        head: await audit.head(stream),
      })
    assert.equal((await other.verify('middle')).status, 'ok')
  }),

  law('entries of all streams are read newest first', async ({ storage: { audit } }) => {
    const times = { b: NOON + 1, c: NOON, a: NOON + 1, d: NOON + 2, e: NOON + 1.5 }
    for (const [i, [id, time]] of Object.entries(times).entries())
      await audit.append([{ id, stream: `stream ${i % 2}`, time, actor: 'ann', action: 'refund' }])
    assert.deepEqual(idsOf(await audit.read()), ['d', 'e', 'b', 'a', 'c'])
  }),

  law('entries of one stream are read by seq downwards', async ({ storage: { audit } }) => {
    const times = { a: NOON + 2, b: NOON, c: NOON + 1 }
    for (const [id, time] of Object.entries(times))
      await audit.append([
        { id, stream: 'refunds', time, actor: 'ann', action: 'refund' },
        { id: `${id}x`, stream: 'others', time, actor: 'ann', action: 'refund' },
      ])
    assert.deepEqual(idsOf(await audit.read({ stream: 'refunds' })), ['c', 'b', 'a'])
  }),

  law('every filter of the audit narrows the list and filters combine', async ({ storage: { audit } }) => {
    await audit.define(NOTE)
    await audit.append([
      WHOLE,
      {
        id: 'two',
        stream: 'logins',
        time: NOON + 1,
        actor: 'bob',
        action: 'login',
        target: 'console',
        outcome: 'refused',
        traceId: 't2',
        runId: 'r2',
        sessionId: 's2',
        approvalId: 'p2',
      },
    ])
    const found = async (query: AuditQuery) => idsOf(await audit.read(query)).sort()
    const narrow: AuditQuery[] = [
      { stream: 'refunds' },
      { actor: 'ann' },
      { action: 'refund.approved' },
      { target: 'order 7' },
      { outcome: 'done' },
      { shape: 'note' },
      { traceId: 't' },
      { runId: 'r' },
      { sessionId: 's' },
      { approvalId: 'p' },
      { to: NOON + 1 },
      { stream: 'refunds', actor: 'ann', from: NOON },
    ]
    for (const query of narrow) assert.deepEqual(await found(query), ['one'], JSON.stringify(query))
    assert.deepEqual(await found({ from: NOON + 1 }), ['two'])
    assert.deepEqual(await found({ from: NOON }), ['one', 'two'])
    assert.deepEqual(await found({ to: 0 }), [])
    assert.deepEqual(await found({ actor: 'ann', action: 'login' }), [])
    assert.deepEqual(await found({ stream: 'refunds', outcome: 'refused' }), [])
  }),

  law('an entry that does not exist is null', async ({ storage: { audit } }) => {
    await audit.append([{ id: 'something', actor: 'ann', action: 'refund' }])
    assert.equal(await audit.get('nothing'), null)
  }),

  law('the head of an empty stream is seq 0', async ({ storage: { audit } }) => {
    await audit.append([{ actor: 'ann', action: 'refund' }])
    const { stream, seq } = await audit.head('quiet')
    assert.deepEqual({ stream, seq }, { stream: 'quiet', seq: 0 })
  }),
]
