import { type Defect, onMedium, racy } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

const consuming: Defect[] = [
  spoil(
    'an approved approval is consumed once and the second time is a conflict',
    'what is spent is gone',
    (store) => ({
      consume: (id, args) =>
        onRefusal('conflict', store.consume(id, args), async (error) => {
          if ((await store.get(id))?.status === 'consumed') refuse('not_found')
          throw error
        }),
    }),
  ),

  spoil(
    'consuming with other arguments than were shown is a conflict and leaves it unspent',
    'arguments are not compared',
    (store) => ({ consume: async (id) => store.consume(id, (await store.get(id))?.args) }),
  ),

  spoil('consuming with the same arguments in another key order works', 'arguments are compared as text', (store) => ({
    async consume(id, args) {
      if (JSON.stringify((await store.get(id))?.args) !== JSON.stringify(args)) refuse('conflict')
      return store.consume(id, args)
    },
  })),

  spoil(
    'an approval that binds some fields is spent with others worded anew and never with another value of a bound one',
    'all arguments bind',
    (store) => ({
      async consume(id, args) {
        const approval = await store.get(id)
        if (approval?.bind && JSON.stringify(approval.args) !== JSON.stringify(args)) refuse('conflict')
        return store.consume(id, args)
      },
    }),
  ),

  spoil(
    'an approval that binds some fields is spent with others worded anew and never with another value of a bound one',
    'only the first field binds',
    (store) => ({
      async consume(id, args) {
        const { bind, args: shown } = (await store.get(id)) ?? {}
        const first = bind?.[0]
        if (first === undefined || typeof args !== 'object' || args === null) return store.consume(id, args)
        const same = JSON.stringify((args as never)[first]) === JSON.stringify((shown as never)[first])
        return store.consume(id, same ? shown : args)
      },
    }),
  ),

  spoil(
    'an approval of type audit is spent without a decision and never after a rejection',
    'it needs a decision too',
    (store) => ({
      async consume(id, args) {
        const approval = await store.get(id)
        return approval?.type === 'audit' && approval.status === 'pending'
          ? refuse('conflict')
          : store.consume(id, args)
      },
    }),
  ),

  spoil(
    'an approval of type audit is spent without a decision and never after a rejection',
    'whatever was decided',
    (store, edit) => ({
      async consume(id, args) {
        await edit((own) => {
          const approval = own.approvals.get(id)
          if (approval?.type === 'audit' && approval.status === 'rejected') approval.status = 'pending'
        })
        return store.consume(id, args)
      },
    }),
  ),

  spoil('consuming what is not approved is a conflict', 'what is pending can be spent', (store, edit) => ({
    async consume(id, args) {
      await edit((own) => {
        const approval = own.approvals.get(id)
        if (approval?.status === 'pending') approval.status = 'approved'
      })
      return store.consume(id, args)
    },
  })),

  spoil(
    'an approval granted in time stays approved and can be spent after its end',
    'a grant expires too',
    (store) => ({
      async consume(id, args) {
        const { expiresAt } = (await store.get(id)) ?? {}
        return expiresAt !== undefined && expiresAt <= Date.now() ? refuse('conflict') : store.consume(id, args)
      },
    }),
  ),

  spoil('consuming an approval that does not exist is not_found', 'what is missing is not approved', (store) => ({
    consume: (id, args) => onRefusal('not_found', store.consume(id, args), () => refuse('conflict')),
  })),

  {
    law: 'of simultaneous consumers exactly one succeeds',
    name: 'consume reads, then writes',
    plant: (storage, ground) => onMedium(storage, ground, racy(ground.medium), 'approvals', ['consume']),
  },
]

const cancelling: Defect[] = [
  spoil(
    'cancelling a pending approval makes it cancelled and a second time gives it back',
    'only the first time works',
    (store) => ({
      async cancel(id, by, reason) {
        if ((await store.get(id))?.status === 'cancelled') refuse('conflict')
        return store.cancel(id, by, reason)
      },
    }),
  ),

  spoil('cancelling what is already resolved is a conflict', 'what is resolved is given back', (store) => ({
    cancel: (id, by, reason) => onRefusal('conflict', store.cancel(id, by, reason), async () => (await store.get(id))!),
  })),

  spoil('cancelling what is already resolved is a conflict', 'what is spent is withdrawn', (store) => ({
    cancel: (id, by, reason) =>
      onRefusal('conflict', store.cancel(id, by, reason), async (error) => {
        const approval = await store.get(id)
        if (approval?.status === 'consumed') return { ...approval, status: 'cancelled' }
        throw error
      }),
  })),

  spoil('cancelling what is already resolved is a conflict', 'what has expired is withdrawn', (store) => ({
    async cancel(id, by, reason) {
      const approval = await store.get(id)
      return approval?.status === 'expired' ? { ...approval, status: 'cancelled' } : store.cancel(id, by, reason)
    },
  })),

  spoil('cancelling an approval that does not exist is not_found', 'a missing approval is a conflict', (store) => ({
    cancel: (id, by, reason) => onRefusal('not_found', store.cancel(id, by, reason), () => refuse('conflict')),
  })),
]

const completing: Defect[] = [
  spoil(
    'completing a consumed approval tells its outcome and a second time gives it back',
    'who says so is forgotten',
    (store) => ({ complete: (id, { by, ...completion }) => store.complete(id, completion) }),
  ),

  spoil(
    'completing a consumed approval tells its outcome and a second time gives it back',
    'who decided is who says so',
    (store) => ({
      async complete(id, completion) {
        const by = completion.by ?? (await store.get(id))?.resolution?.by
        return store.complete(id, { ...completion, ...(by && { by }) })
      },
    }),
  ),

  spoil(
    'completing a consumed approval tells its outcome and a second time gives it back',
    'only the first time works',
    (store) => ({
      async complete(id, completion) {
        if ((await store.get(id))?.status === completion.outcome) refuse('conflict')
        return store.complete(id, completion)
      },
    }),
  ),

  spoil(
    'completing with another outcome than was told, or what was never consumed, is a conflict',
    'what is approved was executed',
    (store) => ({
      async complete(id, completion) {
        if ((await store.get(id))?.status === 'approved') await store.consume(id)
        return store.complete(id, completion)
      },
    }),
  ),

  spoil(
    'completing with another outcome than was told, or what was never consumed, is a conflict',
    'what failed may be run again',
    (store, edit) => ({
      async consume(id, args) {
        await edit((own) => {
          const approval = own.approvals.get(id)
          if (approval?.status === 'failed') approval.status = 'approved'
        })
        return store.consume(id, args)
      },
    }),
  ),

  spoil('completing an approval that does not exist is not_found', 'a missing approval is a conflict', (store) => ({
    complete: (id, completion) => onRefusal('not_found', store.complete(id, completion), () => refuse('conflict')),
  })),
]

/** Wrong ends of approvals. */
export const spendingDefects: readonly Defect[] = [...consuming, ...cancelling, ...completing]
