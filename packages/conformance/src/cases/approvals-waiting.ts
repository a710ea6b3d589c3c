import assert from 'node:assert/strict'
import { law } from '../case.js'
import { refused, upTo } from './support.js'

/** What serves those who wait for decisions. */
export const waitingCases = [
  law(
    'many approvals are told of at once in the order asked and those that are not there are left out',
    async ({ storage: { approvals } }) => {
      for (const id of ['a', 'b', 'c']) await approvals.request({ id, args: { order: 7 }, context: { why: 'broken' } })
      await approvals.request({ id: 'late', expiresAt: 1 })
      await approvals.decide('b', { decision: 'approved', by: 'bob' })
      const { items } = await approvals.list()
      const summaryOf = (id: string) => items.find((item) => item.id === id)
      const asked = ['c', 'nothing', 'late', 'a', 'b', 'a']
      assert.deepEqual(await approvals.getMany(asked), ['c', 'late', 'a', 'b'].map(summaryOf))
      const [late, decided] = await approvals.getMany(['late', 'b'])
      assert.deepEqual([late?.status, decided?.status], ['expired', 'approved'])
      assert.deepEqual(await approvals.getMany([]), [])
      assert.deepEqual(await approvals.getMany(upTo(1000).map(String)), [])
      await refused('invalid', approvals.getMany(upTo(1001).map(String)))
      await refused('invalid', approvals.getMany(['a', '']))
    },
  ),

  law(
    'who watches hears of what is decided in its own storage until it stops',
    async ({ storage: { approvals, tenant } }) => {
      const heard: string[] = []
      const stop = await approvals.watch((id) => heard.push(id))
      for (const id of ['approved', 'rejected', 'cancelled', 'open']) await approvals.request({ id })
      await approvals.request({ id: 'quorum', policy: { quorum: 2 } })
      await approvals.request({ id: 'over', expiresAt: 1 })
      await tenant('other').approvals.request({ id: 'theirs' })
      await approvals.decide('quorum', { decision: 'approved', by: 'ann' })
      await approvals.decide('approved', { decision: 'approved', by: 'bob' })
      await approvals.consume('approved')
      await approvals.decide('rejected', { decision: 'rejected', by: 'bob' })
      await approvals.cancel('cancelled', 'bob')
      await approvals.expire()
      await tenant('other').approvals.decide('theirs', { decision: 'approved', by: 'bob' })
      // Where a database tells it as well, it is heard of more than once.
      assert.deepEqual([...new Set(heard)], ['approved', 'rejected', 'cancelled', 'over'])
      await stop()
      await approvals.decide('open', { decision: 'approved', by: 'bob' })
      assert.equal(heard.includes('open'), false)
    },
  ),
]
