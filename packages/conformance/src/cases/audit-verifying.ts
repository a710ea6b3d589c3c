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
    (subject) => assertFound(subject, { kind: 'change-entry', stream: 'main', seq: 2 }, 'changed', 2),
    { needs: ['tamper'] },
  ),

  law(
    'a missing entry is found and named',
    (subject) => assertFound(subject, { kind: 'remove-entry', stream: 'main', seq: 2 }, 'missing', 2),
    { needs: ['tamper'] },
  ),

  law(
    'reordered entries are found and named',
    (subject) => assertFound(subject, { kind: 'swap-entries', stream: 'main', seq: 2 }, 'reordered', 2),
    { needs: ['tamper'] },
  ),

  law(
    'a truncated chain is found and named',
    (subject) => assertFound(subject, { kind: 'truncate', stream: 'main', seq: 2, head: false }, 'truncated', 3),
    { needs: ['tamper'] },
  ),

  law(
    'a chain cut off with its head is found by a checkpoint kept elsewhere',
    async (subject) => {
      const { audit } = subject.storage
      const kept = await chainOfFour(audit)
      await subject.tamper({ kind: 'truncate', stream: 'main', seq: 2, head: true })
      assert.deepEqual(await findingOf(audit, kept), { status: 'tampered', found: 'truncated', seq: 3 })
    },
    { needs: ['tamper'] },
  ),

  law('a checkpoint that the chain never had is found as changed', async ({ storage: { audit } }) => {
    const { hash } = await chainOfFour(audit)
    const foreign: Checkpoint = { stream: 'main', seq: 2, hash, at: Date.now() }
    assert.deepEqual(await findingOf(audit, foreign), { status: 'tampered', found: 'changed', seq: 2 })
  }),
]

async function assertFound(subject: Subject, tampering: Tampering, found: string, seq: number): Promise<void> {
  const { audit } = subject.storage
  await chainOfFour(audit)
  await subject.tamper(tampering)
  assert.deepEqual(await findingOf(audit), { status: 'tampered', found, seq })
}

/**
 * Appends four entries to the main stream. Resolves to their head, to be kept elsewhere: `checkpoint()` is not called, so
 * that the store itself remembers nothing.
 */
async function chainOfFour(audit: AuditStore): Promise<Checkpoint> {
  await audit.append(['a', 'b', 'c', 'd'].map((id) => ({ id, actor: 'ann', action: 'refund' })))
  return { ...(await audit.head()), at: Date.now() }
}

async function findingOf(audit: AuditStore, checkpoint?: Checkpoint) {
  const verification = await audit.verify('main', checkpoint)
  if (verification.status === 'ok') return { status: 'ok' }
  const { status, found, seq } = verification
  return { status, found, seq }
}
