import type { Session, Storage } from '@freehold/contract'
import { referenceStorage } from '../../src/reference/index.js'
import { type Defect, override } from './defect.js'

export const lifecycleDefects: readonly Defect[] = [
  {
    law: 'a committed write is read by another connection and survives reopening',
    name: 'the runs of a connection go with it',
    plant(storage, { medium }) {
      const mine: string[] = []
      const spoiled = override(storage, 'sessions', (store) => ({
        async appendRun(input) {
          const run = await store.appendRun(input)
          mine.push(run.id)
          return run
        },
      }))
      return closing(spoiled, async () => {
        await medium.transact(({ sessions }) => {
          for (const own of sessions.values()) for (const id of mine) own.runs.delete(id)
        })
        await storage.close()
      })
    },
  },
  {
    law: 'after close every method is refused as unavailable and is not retryable',
    name: 'a closed store still counts approvals',
    plant(storage, { medium }) {
      const open = referenceStorage(medium)
      return override(storage, 'approvals', (_, tenant) => ({
        count: (query) => open.tenant(tenant).approvals.count(query),
      }))
    },
  },
  {
    law: 'a write in flight when close is called is either acknowledged and kept or refused',
    name: 'closing acknowledges what it drops',
    plant(storage) {
      let closed = false
      const spoiled = override(storage, 'sessions', (store) => ({
        async save(session, options) {
          if (closed) return store.save(session, options)
          await null
          return closed ? (session as Session) : store.save(session, options)
        },
      }))
      return closing(spoiled, () => {
        closed = true
        return storage.close()
      })
    },
  },
  {
    law: 'closing twice is closing once',
    name: 'the second close fails',
    plant(storage) {
      let closed = 0
      return closing(storage, async () => {
        if (closed++ > 0) throw new Error('closed already')
        await storage.close()
      })
    },
  },
]

function closing(storage: Storage, close: () => Promise<void>): Storage {
  return { ...storage, close }
}
