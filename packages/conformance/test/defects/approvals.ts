import { createHash } from 'node:crypto'
import { decidingDefects } from './approvals-deciding.js'
import { approvalReadingDefects } from './approvals-reading.js'
import { type Defect, onMedium, override, racy } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

const requesting: Defect[] = [
  spoil(
    'requesting an approval stores it as pending with the hash of its arguments',
    'the hash is over the text as it came',
    (store, edit) => ({
      async request(input) {
        const { id } = await store.request(input)
        const argsHash = createHash('sha256')
          .update(JSON.stringify(input.args ?? null))
          .digest('hex')
        return (await edit((own) => Object.assign(own.approvals.get(id)!, { argsHash })))!
      },
    }),
  ),

  spoil('requesting the same tool call of a run twice is one approval', 'a decided call is asked again', (store) => ({
    async request({ toolCallId, ...input }) {
      const { items } = await store.list({ runId: input.runId, toolCallId })
      const decided = toolCallId !== undefined && items.some((item) => item.status !== 'pending')
      return store.request(decided ? input : { ...input, toolCallId })
    },
  })),

  spoil(
    'requesting the same tool call with other arguments, tool or policy is a conflict',
    'it is refused as a taken id',
    (store) => ({
      request: (input) => onRefusal('conflict', store.request(input), () => refuse('already_exists')),
    }),
  ),

  spoil('a tool call id belongs to its run and two runs may use the same', 'it is unique over all runs', (store) => ({
    async request(input) {
      if (input.toolCallId === undefined) return store.request(input)
      const { items } = await store.list({ toolCallId: input.toolCallId })
      return items.some(({ runId }) => runId !== input.runId) ? refuse('already_exists') : store.request(input)
    },
  })),

  spoil(
    'a tool call id that comes again in another step of its run is another call',
    'the step does not count',
    (store) => ({
      async request(input) {
        const { runId, toolCallId, stepId } = input
        const { items } = await store.list({ runId, toolCallId })
        const other = toolCallId === undefined ? undefined : items.find((item) => item.stepId !== stepId)
        return other === undefined ? store.request(input) : (await store.get(other.id))!
      },
    }),
  ),

  spoil(
    'arguments and tools that cannot be kept as they are given are refused by their path',
    'arguments are made storable before they are compared',
    (store) => ({
      consume: (id, args) =>
        store.consume(id, args && JSON.parse(JSON.stringify(args).replaceAll('\\u0000', '\ufffd'))),
    }),
  ),

  {
    law: 'simultaneous requests of one tool call make one approval',
    name: 'request reads, then writes',
    plant(storage, ground) {
      const other = ground.on(racy(ground.medium))
      return override(storage, 'approvals', (store, tenant) => ({
        request: (input) => (input.toolCallId === undefined ? store : other.tenant(tenant).approvals).request(input),
      }))
    },
  },

  spoil(
    'an approval id that is taken by another request is refused as already_exists',
    'a taken id is given back',
    (store) => ({
      request: (input) => onRefusal('already_exists', store.request(input), async () => (await store.get(input.id!))!),
    }),
  ),

  spoil('a policy that nobody can meet is refused as invalid', 'a quorum that is too high is dropped', (store) => ({
    request: ({ policy, ...input }) =>
      onRefusal('invalid', store.request({ ...input, policy }), (error) => {
        if (error.problems.every(({ field }) => field === 'policy.quorum')) return store.request(input)
        throw error
      }),
  })),
]

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

export const approvalDefects: readonly Defect[] = [
  ...requesting,
  ...decidingDefects,
  ...consuming,
  ...cancelling,
  ...approvalReadingDefects,
]
