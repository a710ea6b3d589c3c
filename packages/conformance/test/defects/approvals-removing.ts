import type { Defect } from './defect.js'
import { type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

/** Wrong ways to remove approvals. */
export const approvalRemovingDefects: readonly Defect[] = [
  spoil(
    'removing an approval removes its history and its call may be asked for anew',
    'the history stays',
    (store, edit) => ({
      async remove(id) {
        const before = await edit(({ events }) => events.filter(({ approvalId }) => approvalId === id))
        const removed = await store.remove(id)
        await edit(({ events }) => void events.push(...(before ?? [])))
        return removed
      },
    }),
  ),
  spoil(
    'removing a pending approval is a conflict and changes nothing',
    'what is pending goes as well',
    (store, edit) => ({
      async remove(id) {
        const isPending = (await store.get(id))?.status === 'pending'
        return isPending ? ((await edit(({ approvals }) => approvals.delete(id))) ?? false) : store.remove(id)
      },
    }),
  ),
  spoil(
    'removing an approval is a conflict until every consumer was told of it',
    'it waits for none',
    (store, edit) => ({
      async remove(id) {
        const approval = await store.get(id)
        if (approval === null || approval.status === 'pending') return store.remove(id)
        await edit((own) => {
          own.events = own.events.filter(({ approvalId }) => approvalId !== id)
          own.approvals.delete(id)
        })
        return true
      },
    }),
  ),
  spoil('removing an approval that does not exist is false', 'removing is always true', (store) => ({
    remove: async (id) => (await store.remove(id)) || true,
  })),
]
