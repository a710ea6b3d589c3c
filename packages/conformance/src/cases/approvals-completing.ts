import assert from 'node:assert/strict'
import type { ApprovalStore } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf, refused } from './support.js'

/** What became of a call. */
export const completingCases = [
  law(
    'completing a consumed approval tells its outcome and a second time gives it back',
    async ({ storage: { approvals } }) => {
      for (const outcome of ['executed', 'failed'] as const) {
        const spent = await consumed(approvals, outcome)
        const completed = await approvals.complete(outcome, { outcome, reason: 'it answered' })
        assert.deepEqual(completed, { ...spent, status: outcome, version: spent.version + 1 })
        assert.deepEqual(await approvals.complete(outcome, { outcome, reason: 'again' }), completed)
        assert.deepEqual(await approvals.get(outcome), completed)
        assert.deepEqual(idsOf(await approvals.list({ status: outcome })), [outcome])
        const { type, seq, reason } = (await approvals.events(outcome)).items.at(-1)!
        assert.deepEqual({ type, seq, reason }, { type: outcome, seq: completed.version, reason: 'it answered' })
      }
    },
  ),

  law(
    'completing with another outcome than was told, or what was never consumed, is a conflict',
    async ({ storage: { approvals } }) => {
      await consumed(approvals, 'done')
      const done = await approvals.complete('done', { outcome: 'failed' })
      await refused('conflict', approvals.complete('done', { outcome: 'executed' }))
      // What was run for an approval is never run for it again.
      await refused('conflict', approvals.consume('done'))
      assert.deepEqual(await approvals.get('done'), done)
      await approvals.request({ id: 'pending' })
      await approvals.request({ id: 'approved' })
      await approvals.decide('approved', { decision: 'approved', by: 'bob' })
      for (const id of ['pending', 'approved']) {
        await refused('conflict', approvals.complete(id, { outcome: 'executed' }))
        assert.equal((await approvals.get(id))?.status, id)
      }
    },
  ),

  law('completing an approval that does not exist is not_found', async ({ storage: { approvals } }) => {
    await refused('not_found', approvals.complete('nothing', { outcome: 'executed' }))
  }),
]

async function consumed(approvals: ApprovalStore, id: string) {
  await approvals.request({ id })
  await approvals.decide(id, { decision: 'approved', by: 'bob' })
  return approvals.consume(id)
}
