import type { Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { SqlApprovals } from '../src/approvals.js'
import { Database } from '../src/database.js'
import type { Row } from '../src/dialects/dialect.js'
import type { Database as Place } from './engines.js'
import { withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'

const DAY = 86_400_000

/** A process whose next statement runs long after the one that read the clock. */
class SlowDatabase extends Database {
  ago: number[] = []

  override clockOf(row: Row): number {
    return super.clockOf(row) - (this.ago.shift() ?? 0)
  }
}

/** Does something with an approval on a process that read the clock before its end, and writes after it. */
const tooLate = <T>(place: Place, act: (approvals: SqlApprovals) => Promise<T>): Promise<T> =>
  withDatabase(place, SlowDatabase, (db) => {
    db.ago = [DAY]
    return act(new SqlApprovals(db, 'default'))
  })

describeEngines((it) => {
  it.for([
    ['decision', 1],
    ['vote', 2],
  ] as const)(
    'a %s that comes to be written after the end of the approval is none, though it was read before',
    async ([, quorum], { database, storage }) => {
      const { approvals } = storage
      await approvals.request({ id: 'a', policy: { quorum }, expiresAt: Date.now() - DAY / 2 })
      const result = await tooLate(database, (late) => late.decide('a', { decision: 'approved', by: 'bob' }))
      expect(result).toMatchObject({ won: false, approval: { status: 'expired', votes: [] } })
      const { items } = await approvals.events('a')
      expect(items.map(({ type }) => type)).toEqual(['requested', 'expired'])
    },
  )

  it('what comes to be cancelled after its end is expired', async ({ database, storage }) => {
    await storage.approvals.request({ id: 'a', expiresAt: Date.now() - DAY / 2 })
    const cancelled = tooLate(database, (late) => late.cancel('a', 'eve'))
    await expect(cancelled).rejects.toMatchObject({ code: 'conflict' })
    expect(await storage.approvals.get('a')).toMatchObject({ status: 'expired' })
  })

  it('what comes to be decided before its end is, and what has none', async ({ database, storage }) => {
    const { approvals } = storage
    await approvals.request({ id: 'a', expiresAt: Date.now() + DAY })
    const decision = { decision: 'approved', by: 'bob' } as const
    expect(await tooLate(database, (late) => late.decide('a', decision))).toMatchObject({ won: true })
    await approvals.request({ id: 'b' })
    expect(await tooLate(database, (late) => late.decide('b', decision))).toMatchObject({ won: true })
  })

  it.for([
    ['decide', ({ approvals }: Storage) => approvals.decide('', {} as never)],
    ['consume', ({ approvals }: Storage) => approvals.consume('', new Map() as never)],
    ['cancel', ({ approvals }: Storage) => approvals.cancel('', '')],
  ] as const)('%s that is wrong in several ways names the approval', async ([, call], { storage }) => {
    await expect(call(storage)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^approval:/),
    })
  })
})
