import assert from 'node:assert/strict'
import type { AuditStore, Checkpoint } from '@freehold/contract'
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
    assert.deepEqual(verification, { status: 'ok', stream: 'main', entries: MANY, head: await audit.head() })
  }),

  law(
    'a changed entry is found and named',
    async (subject) => {
      await assertFound(subject, { kind: 'change-entry', stream: 'one', seq: 2 }, 'changed', 2)
      await assertFound(subject, { kind: 'change-text', stream: 'two', seq: 2 }, 'changed', 2)
      await assertFound(subject, { kind: 'change-text', stream: 'three', seq: 4 }, 'changed', 4)
    },
    { needs: ['tamper'] },
  ),

  law(
    'an entry that was rewritten together with its hash is found and named',
    async (subject) => {
      // The last has no successor: there the head tells.
      await assertFound(subject, { kind: 'rewrite-entry', stream: 'one', seq: 2 }, 'changed', 2)
      await assertFound(subject, { kind: 'rewrite-entry', stream: 'two', seq: 4 }, 'changed', 4)
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

  law('a checkpoint that the chain never had is found as changed', async ({ storage: { audit } }) => {
    const { hash } = await chainOfFour(audit, 'main')
    const foreign: Checkpoint = { stream: 'main', seq: 2, hash, at: Date.now() }
    assert.deepEqual(await findingOf(audit, 'main', foreign), { status: 'tampered', found: 'changed', seq: 2 })
  }),
]

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

async function findingOf(audit: AuditStore, stream: string, checkpoint?: Checkpoint) {
  const verification = await audit.verify(stream, checkpoint)
  if (verification.status === 'ok') return { status: 'ok' }
  const { status, found, seq } = verification
  return { status, found, seq }
}
