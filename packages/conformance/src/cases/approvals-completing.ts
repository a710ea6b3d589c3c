import assert from 'node:assert/strict'
import type { ApprovalStore } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf, refused } from './support.js'

/** What became of a call. */
export const completingCases = [
  law(
    'completing a consumed approval tells its outcome and a second time gives it back',
    async ({ storage: { approvals } }) => {
      // Told by the agent; by the one who decided, too; and by somebody else.
      for (const [outcome, by] of [['executed'], ['failed', 'bob'], ['failed', 'carl']] as const) {
        const id = `${outcome} ${by}`
        const spent = await consumed(approvals, id)
        const before = (await approvals.events(id)).items
        const completed = await approvals.complete(id, { outcome, reason: 'it answered', ...(by && { by }) })
        assert.deepEqual(completed, { ...spent, status: outcome, version: spent.version + 1 })
        assert.deepEqual(await approvals.complete(id, { outcome, reason: 'again', by: 'dora' }), completed)
        assert.deepEqual(await approvals.get(id), completed)
        assert.equal(idsOf(await approvals.list({ status: outcome }))[0], id)
        const { items } = await approvals.events(id)
        assert.deepEqual(items.slice(0, -1), before)
        const { type, seq, reason, by: told } = items.at(-1)!
        assert.deepEqual([type, seq, reason, told], [outcome, completed.version, 'it answered', by])
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
