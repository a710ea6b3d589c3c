import assert from 'node:assert/strict'
import {
  type AuditHead,
  type AuditStore,
  type Checkpoint,
  canonicalJson,
  sha256,
  type VerificationProgress,
} from '@freehold/contract'
import { law, type Subject } from '../case.js'
import type { Tampering } from '../harness.js'

/** More than an append takes at once, and more than a page. */
const MANY = 1_200

/** Proving that a chain is whole. */
export const verifyingCases = [
  law('verify of an untouched chain is ok and counts its entries', async ({ storage: { audit } }) => {
    for (const batch of [MANY / 2, MANY / 2])
      await audit.append(Array.from({ length: batch }, () => ({ actor: 'ann', action: 'refund' })))
    const verification = await audit.verify()
    assert.deepEqual(verification, {
      status: 'ok',
      stream: 'main',
      entries: MANY,
      from: GENESIS,
      head: await audit.head(),
    })
    const none = { ...GENESIS, stream: 'nobody wrote it' }
    const ofNone = { status: 'ok', stream: none.stream, entries: 0, from: none, head: none }
    assert.deepEqual(await audit.verify(none.stream), ofNone)
  }),

  law(
    'a modified entry is found and named',
    async (subject) => {
      await assertFound(subject, { kind: 'change-entry', stream: 'one', seq: 2 }, 'modified', 2)
      await assertFound(subject, { kind: 'change-text', stream: 'two', seq: 2 }, 'modified', 2)
      await assertFound(subject, { kind: 'change-text', stream: 'three', seq: 4 }, 'modified', 4)
    },
    { needs: ['tamper'] },
  ),

  law(
    'an entry that was rewritten together with its hash is found and named',
    async (subject) => {
      // The last has no successor: there the head tells.
      await assertFound(subject, { kind: 'rewrite-entry', stream: 'one', seq: 2 }, 'modified', 2)
      await assertFound(subject, { kind: 'rewrite-entry', stream: 'two', seq: 4 }, 'modified', 4)
    },
    { needs: ['tamper'] },
  ),

  law(
    'a missing entry is found and named',
    async (subject) => {
      await assertFound(subject, { kind: 'remove-entry', stream: 'one', seq: 2 }, 'missing', 2)
      await assertFound(subject, { kind: 'remove-entry', stream: 'two', seq: 1 }, 'missing', 1)
    },
    { needs: ['tamper'] },
  ),

  law(
    'reordered entries are found and named',
    (subject) => assertFound(subject, { kind: 'swap-entries', stream: 'main', seq: 2 }, 'reordered', 2),
    { needs: ['tamper'] },
  ),

  law(
    'a forked chain is found and named',
    async (subject) => {
      await assertFound(subject, { kind: 'fork-entry', stream: 'one', seq: 3 }, 'forked', 3)
      await assertFound(subject, { kind: 'fork-entry', stream: 'two', seq: 4 }, 'forked', 4)
    },
    { needs: ['tamper'] },
  ),

  law(
    'a truncated chain is found and named',
    (subject) =>
      assertFound(
        subject,
        { kind: 'truncate', stream: 'main', seq: 2, head: false, checkpoint: false },
        'truncated',
        3,
      ),
    { needs: ['tamper'] },
  ),

  law(
    'a head that was set back is found and named',
    (subject) => assertFound(subject, { kind: 'set-head', stream: 'main', seq: 2 }, 'truncated', 3),
    { needs: ['tamper'] },
  ),

  law(
    'a chain cut off with its head is found by the checkpoint the store remembers',
    async (subject) => {
      const { audit } = subject.storage
      await chainOfFour(audit, 'main')
      await audit.checkpoint()
      await subject.tamper({ kind: 'truncate', stream: 'main', seq: 2, head: true, checkpoint: false })
      assert.deepEqual(await findingOf(audit, 'main'), { status: 'tampered', found: 'truncated', seq: 3 })
    },
    { needs: ['tamper'] },
  ),

  law(
    'a chain cut off with its head is found by a checkpoint kept elsewhere',
    async (subject) => {
      const { audit } = subject.storage
      const kept = await chainOfFour(audit, 'main')
      await subject.tamper({ kind: 'truncate', stream: 'main', seq: 2, head: true, checkpoint: true })
      assert.deepEqual(await findingOf(audit, 'main', kept), { status: 'tampered', found: 'truncated', seq: 3 })
    },
    { needs: ['tamper'] },
  ),

  law('a checkpoint that the chain never had is found as a checkpoint mismatch', async ({ storage: { audit } }) => {
    const { hash } = await chainOfFour(audit, 'main')
    const foreign: Checkpoint = { stream: 'main', seq: 2, hash, at: Date.now() }
    assert.deepEqual(await findingOf(audit, 'main', foreign), { status: 'tampered', found: 'checkpoint', seq: 2 })
  }),

  law(
    'a verification from a vouched head reads what follows and claims nothing of what is before',
    async (subject) => {
      const { audit } = subject.storage
      await chainOfFour(audit, 'main')
      const from = await headAt(audit, 2)
      const head = await audit.head()
      await subject.tamper({ kind: 'change-entry', stream: 'main', seq: 1 })
      const whole = { status: 'ok', stream: 'main', entries: 2, from, head }
      assert.deepEqual(await audit.verify('main', { from }), whole)
    },
    { needs: ['tamper'] },
  ),

  law(
    'a verification from a head that the chain never had finds a checkpoint mismatch',
    async ({ storage: { audit } }) => {
      const { hash } = await chainOfFour(audit, 'main')
      const expected = (seq: number) => ({ status: 'tampered', found: 'checkpoint', seq })
      const from = { ...(await headAt(audit, 4)), hash: (await headAt(audit, 1)).hash }
      assert.deepEqual(await findingOf(audit, 'main', undefined, from), expected(4))
      assert.deepEqual(await findingOf(audit, 'main', undefined, { stream: 'main', seq: 2, hash }), expected(2))
    },
  ),

  law('a verification tells its progress up to the last entry', async ({ storage: { audit } }) => {
    await chainOfFour(audit, 'main')
    const head = await audit.head()
    const told: VerificationProgress[] = []
    await audit.verify('main', { onProgress: (progress) => told.push(progress) })
    assert.deepEqual(told.at(-1), { stream: 'main', entries: 4, seq: 4, head })
  }),

  law('an aborted verification rejects with the reason of its signal', async ({ storage: { audit } }) => {
    await chainOfFour(audit, 'main')
    const reason = new Error('enough')
    const isReason = (error: unknown) => error === reason
    await assert.rejects(audit.verify('main', { signal: AbortSignal.abort(reason) }), isReason)
    const later = new AbortController()
    const { signal } = later
    await assert.rejects(audit.verify('main', { signal, onProgress: () => later.abort(reason) }), isReason)
  }),

  law('records of a stream come in the order of seq with the text that was hashed', async ({ storage }) => {
    const { audit, tenantId } = storage
    await chainOfFour(audit, 'main')
    await audit.append([{ id: 'more', actor: 'ann', action: 'told', data: { b: [1.5, null], a: 'ü' }, time: 5.25 }])
    const { items } = await audit.read({ stream: 'main' })
    const expected = items
      .toSorted((a, b) => a.seq - b.seq)
      .map(({ previousHash, hash, ...entry }) => {
        const text = canonicalJson({ ...entry, tenant: tenantId } as never)
        assert.equal(sha256(`${previousHash}\n${text}`), hash)
        return { seq: entry.seq, previousHash, hash, text }
      })
    assert.deepEqual(await audit.records(), expected)
  }),

  law('records after a place begin behind it and there are none behind the last', async ({ storage: { audit } }) => {
    await chainOfFour(audit, 'main')
    const places = async (after: number) => (await audit.records('main', after)).map(({ seq }) => seq).sort()
    assert.deepEqual([await places(2), await places(4), await audit.records('none')], [[3, 4], [], []])
  }),
]

const GENESIS: AuditHead = { stream: 'main', seq: 0, hash: '0'.repeat(64) }

async function headAt(audit: AuditStore, seq: number): Promise<AuditHead> {
  const { items } = await audit.read({ stream: 'main' })
  return { stream: 'main', seq, hash: items.find((entry) => entry.seq === seq)!.hash }
}

type OfChain = Extract<Tampering, { stream: string }>

/** Makes a chain of four in the stream and tampers with it: `verify` finds `found` at `seq`. */
async function assertFound(subject: Subject, tampering: OfChain, found: string, seq: number): Promise<void> {
  const { audit } = subject.storage
  const { stream } = tampering
  await chainOfFour(audit, stream)
  await subject.tamper(tampering)
  assert.deepEqual(await findingOf(audit, stream), { status: 'tampered', found, seq }, JSON.stringify(tampering))
}

/**
 * Appends four entries to a stream. Resolves to their head, to be kept elsewhere: `checkpoint()` is not called, so that
 * the store itself remembers nothing.
 */
async function chainOfFour(audit: AuditStore, stream: string): Promise<Checkpoint> {
  await audit.append(
    ['a', 'b', 'c', 'd'].map((id) => ({ id: `${stream} ${id}`, stream, actor: 'ann', action: 'refund' })),
  )
  return { ...(await audit.head(stream)), at: Date.now() }
}

async function findingOf(audit: AuditStore, stream: string, checkpoint?: Checkpoint, from?: AuditHead) {
  const verification = await audit.verify(stream, { checkpoints: checkpoint === undefined ? [] : [checkpoint], from })
  if (verification.status === 'ok') return { status: 'ok' }
  const { status, found, seq } = verification
  return { status, found, seq }
}
