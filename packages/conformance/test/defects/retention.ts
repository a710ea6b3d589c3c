import { setTimeout as sleep } from 'node:timers/promises'
import type { PurgeOrder, Retention, Storage } from '@freehold/contract'
import type { State } from '../../src/reference/state.js'
import type { Defect, Ground } from './defect.js'

type Edit = (work: (state: State) => void) => Promise<void>

function spoil(law: string, name: string, purge: (retention: Retention, edit: Edit) => Retention['purge']): Defect {
  const plant = (storage: Storage, { medium }: Ground): Storage => {
    const edit: Edit = (work) => medium.transact((state) => work(state))
    return { ...storage, retention: { purge: purge(storage.retention, edit) } }
  }
  return { law, name, plant }
}

/** A purge that is told otherwise than it was. */
const ordering = (law: string, name: string, change: (order: PurgeOrder, domain: string) => PurgeOrder) =>
  spoil(law, name, (retention) => (domain, order) => retention.purge(domain, change(order, domain)))

/** Wrong ways to remove what is past its date. */
export const retentionDefects: readonly Defect[] = [
  spoil('what is past its date is removed whole and nothing else', 'it counts traces as spans', (retention) => {
    return async (domain, order) => {
      const told = await retention.purge(domain, order)
      const isCounted = told === null || order.dryRun || domain === 'sessions'
      return isCounted ? told : { ...told, tenants: told.tenants.map((one) => ({ ...one, rows: one.removed })) }
    }
  }),
  spoil(
    'a session that changed since its date is kept however old it is',
    'a session is as old as it was made',
    (retention, edit) => async (domain, order) => {
      await edit(({ sessions }) => {
        if (domain !== 'sessions' || order.held) return
        for (const own of sessions.values())
          for (const session of own.sessions.values()) session.updatedAt = session.createdAt
      })
      return retention.purge(domain, order)
    },
  ),
  ordering('a tenant with a rule of its own is purged by that alone', 'the rule of all is for all', (order) => {
    const { tenants, ...others } = order
    return Object.hasOwn(tenants ?? {}, 'other') ? others : order
  }),
  ordering('traces with an error are kept until their own date', 'they go with the others', (order, domain) => {
    const { errorsBefore = 0, ...others } = order
    return domain === 'traces' && errorsBefore <= (order.before ?? 0) ? others : order
  }),
  ordering('whatever a held user has part in is kept and counted', 'of sessions nobody is held', (order, domain) => {
    const { held: _, ...others } = order
    return domain === 'sessions' ? others : order
  }),
  ordering('a dry run counts what would be removed and removes nothing', 'it removes', (order) => {
    const { dryRun: _, ...others } = order
    return others
  }),
  ordering('a date before which nothing is, or that is no date, purges nothing', 'no date is today', (order) =>
    Object.keys(order).length === 0 ? { before: Date.now() } : order,
  ),
  spoil('a purge that is out of time tells so and the next goes on', 'it says that it is over', (retention) => {
    return async (domain, order) => {
      const told = await retention.purge(domain, order)
      return told && { ...told, complete: true }
    }
  }),
  spoil(
    'what is written while a purge goes on is kept unless it is past its date',
    'what comes meanwhile is taken for old',
    (retention) => async (domain, order) => {
      const told = await retention.purge(domain, order)
      const removed = told?.tenants.reduce((sum, one) => sum + one.removed, 0) ?? 0
      if (removed < 50 || order.within !== undefined) return told
      await sleep(500)
      await retention.purge(domain, { before: order.before! + 45 * 86_400_000 })
      return told
    },
  ),
]
