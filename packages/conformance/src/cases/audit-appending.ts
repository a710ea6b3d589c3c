import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { AuditEntry, AuditInput } from '@freehold/contract'
import { law } from '../case.js'
import { ANY_SHAPE } from './methods.js'
import { ascending, atOnce, connections, idsOf, refused, upTo, valuesOf } from './support.js'

const GENESIS = '0000000000000000000000000000000000000000000000000000000000000000'

const NOON = 1_750_000_000_000
const REFERENCES = ['traceId', 'runId', 'sessionId', 'approvalId'] as const

const chaining = [
  law('appended entries are chained from 64 zeros and numbered 1, 2, 3', async ({ storage: { audit } }) => {
    const [first, second] = await audit.append([entry('a'), entry('b')])
    const [third] = await audit.append([entry('c')])
    assert.deepEqual([first!.seq, second!.seq, third!.seq], [1, 2, 3])
    assert.equal(first!.previousHash, GENESIS)
    assert.equal(second!.previousHash, first!.hash)
    assert.equal(third!.previousHash, second!.hash)
  }),

  law("the hash is SHA-256 over the predecessor's hash and the canonical text", async ({ storage }) => {
    const data = { b: [1e21, 0.1, null], a: { ü: 'line\nfeed', A: true } }
    const written: AuditInput = {
      id: 'e2',
      time: 1_750_000_000_000.125,
      actor: 'ann',
      action: 'refund.approved',
      target: 'order 7',
      outcome: 'done',
      reason: 'broken "cup"',
      data,
      traceId: 't',
      runId: 'r',
      sessionId: 's',
      approvalId: 'p',
    }
    const [first] = await storage.audit.append([entry('e1')])
    const [second] = await storage.audit.append([written])
    // RFC 8785, written by hand: keys sorted by UTF-16 units, numbers and escapes as ECMAScript has them.
    const text =
      '{"action":"refund.approved","actor":"ann","approvalId":"p",' +
      '"data":{"a":{"A":true,"ü":"line\\nfeed"},"b":[1e+21,0.1,null]},' +
      '"id":"e2","outcome":"done","reason":"broken \\"cup\\"","runId":"r","seq":2,"sessionId":"s","stream":"main",' +
      `"target":"order 7","tenant":"${storage.tenantId}","time":1750000000000.125,"traceId":"t"}`
    const hash = createHash('sha256').update(`${first!.hash}\n${text}`, 'utf8').digest('hex')
    assert.deepEqual(second, { ...written, stream: 'main', seq: 2, previousHash: first!.hash, hash })
    assert.equal((await storage.audit.head()).hash, hash)
    await storage.audit.define(ANY_SHAPE)
    const shaped = { id: 'e3', time: NOON, actor: 'ann', action: 'noted', shape: ANY_SHAPE.name }
    const [third] = await storage.audit.append([shaped])
    const shapedText =
      '{"action":"noted","actor":"ann","id":"e3","seq":3,"shape":"anything","stream":"main",' +
      `"tenant":"${storage.tenantId}","time":${NOON}}`
    assert.equal(third!.hash, createHash('sha256').update(`${hash}\n${shapedText}`, 'utf8').digest('hex'))
  }),

  law('appending the same entry twice is one entry', async ({ storage: { audit } }) => {
    const [first, second] = await audit.append([entry('a'), entry('b')])
    assert.deepEqual(await audit.append([entry('b'), entry('a')]), [second, first])
    const [third, again, repeated] = await audit.append([entry('c'), entry('b'), entry('c')])
    assert.deepEqual([third!.seq, again], [3, second])
    assert.deepEqual(repeated, third)
    assert.deepEqual(idsOf(await audit.read({ stream: 'main' })), ['c', 'b', 'a'])
  }),

  law(
    'an id that is taken by a different entry is a conflict and nothing is appended',
    async ({ storage: { audit } }) => {
      await audit.append([entry('a')])
      await refused('conflict', audit.append([entry('b'), { ...entry('a'), action: 'another' }]))
      await refused('conflict', audit.append([{ ...entry('a'), stream: 'another' }]))
      const whole = { ...entry('c'), time: NOON, target: 'order 7', outcome: 'done', reason: 'broken' }
      await refused('conflict', audit.append([whole, { ...whole, action: 'another' }]))
      assert.deepEqual(idsOf(await audit.read()), ['a'])
      // The other ids of what was refused are free, for any stream.
      const [b] = await audit.append([{ ...entry('b'), stream: 'another' }])
      assert.deepEqual(await audit.get('b'), b)
      await audit.append([whole])
      const others: Partial<AuditInput>[] = [
        { time: NOON + 1 },
        { actor: 'bob' },
        { target: 'order 8' },
        { target: undefined },
        { outcome: 'failed' },
        { reason: 'broken too' },
        { data: {} },
        ...REFERENCES.map((reference) => ({ [reference]: 'another' })),
      ]
      for (const other of others) await refused('conflict', audit.append([entry('d'), { ...whole, ...other }]))
      assert.deepEqual(idsOf(await audit.read()).sort(), ['a', 'b', 'c'])
    },
  ),

  law(
    'an entry that cannot be kept as it is given is refused by the path of the field',
    async ({ storage: { audit } }) => {
      const odd: [Partial<AuditInput>, field: string][] = [
        [{ reason: 'a\0b' }, 'reason'],
        [{ target: 'a\ud800' }, 'target'],
        [{ actor: '\udc00a' }, 'actor'],
        [{ action: 'a\0' }, 'action'],
        [{ outcome: '\0' }, 'outcome'],
        [{ data: { notes: ['plain', { text: 'a\0b' }] } }, 'data.notes[1].text'],
        [{ data: { 'a\0': 1 } }, 'data["a\ufffd"]'],
      ]
      for (const [fields, field] of odd) {
        const { problems } = await refused('invalid', audit.append([entry('a'), { ...entry('odd'), ...fields }]))
        assert.deepEqual(
          problems.map((problem) => problem.field),
          [`entries[1].${field}`],
        )
      }
      assert.deepEqual(await audit.read(), { items: [] })
    },
  ),

  law('streams have chains of their own', async ({ storage: { audit } }) => {
    const [a1, b1, a2] = await audit.append([
      { ...entry('a1'), stream: 'a' },
      { ...entry('b1'), stream: 'b' },
      { ...entry('a2'), stream: 'a' },
    ])
    assert.deepEqual([a1!.seq, b1!.seq, a2!.seq], [1, 1, 2])
    assert.deepEqual([b1!.previousHash, a2!.previousHash], [a1!.previousHash, a1!.hash])
    assert.deepEqual(await audit.head('b'), { stream: 'b', seq: 1, hash: b1!.hash })
  }),

  law('a batch with one bad entry appends nothing and names it', async ({ storage: { audit } }) => {
    const bad = { id: 'bad', action: 'refund' } as AuditInput
    const { problems } = await refused('invalid', audit.append([entry('a'), bad, entry('b')]))
    assert.deepEqual(
      problems.map((problem) => problem.field),
      ['entries[1].actor'],
    )
    assert.deepEqual(await audit.read(), { items: [] })
  }),
]

const racing = [
  law('simultaneous appends never fork the chain', async (subject) => {
    const outcomes = await atOnce(await connections(subject, 4), 5, ({ audit }, number) =>
      audit.append([entry(`a${number}`), entry(`b${number}`)]),
    )
    const seqs = valuesOf(outcomes).flatMap((entries) => entries.map((one) => one.seq))
    assert.deepEqual(ascending(seqs), upTo(40))
    const stored = await subject.storage.audit.read({ stream: 'main' }, { limit: 100 })
    assertOneChain(stored.items, 40)
  }),

  law(
    'processes that append to one stream never fork the chain',
    async (subject) => {
      const reports = await subject.processes(4, 'appendAudit', { stream: 'race', entries: 10 })
      assert.deepEqual(ascending(reports.flatMap((report) => report.seqs)), upTo(40))
      const stored = await subject.storage.audit.read({ stream: 'race' }, { limit: 100 })
      assertOneChain(stored.items, 40)
    },
    { needs: ['processes'] },
  ),
]

/** Appending. */
export const appendingCases = [...chaining, ...racing]

function entry(id: string): AuditInput {
  return { id, actor: 'ann', action: 'refund' }
}

/** Sorted here, because the order of a list is a law of its own. */
function assertOneChain(entries: readonly AuditEntry[], length: number): void {
  const chain = [...entries].sort((a, b) => a.seq - b.seq)
  assert.deepEqual(
    chain.map((one) => one.seq),
    upTo(length),
  )
  assert.deepEqual(
    chain.map((one) => one.previousHash),
    [GENESIS, ...chain.slice(0, -1).map((one) => one.hash)],
  )
}
