import { createHash } from 'node:crypto'
import { approvalReadingDefects } from './approvals-reading.js'
import { type Defect, onMedium, override, racy, unlocked } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'approvals'>) => spoiling('approvals', law, name, methods)

/** Decisions on approvals with, or without, a quorum read, then write. */
const racyDecisions = (law: string, name: string, quorum: boolean): Defect => ({
  law,
  name,
  plant(storage, ground) {
    const other = ground.on(racy(ground.medium))
    return override(storage, 'approvals', (store, tenant) => ({
      async decide(id, decision) {
        const counted = (await store.get(id))?.policy.quorum !== undefined
        return (counted === quorum ? other.tenant(tenant).approvals : store).decide(id, decision)
      },
    }))
  },
})

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

const deciding: Defect[] = [
  racyDecisions(
    'of simultaneous decisions exactly one wins and the others get the winning resolution back',
    'decide reads, then writes',
    false,
  ),

  {
    law: 'of simultaneous decisions by several processes exactly one wins',
    name: 'decide is alone in its own process only',
    plant: (storage, ground) => onMedium(storage, ground, unlocked(ground.place), 'approvals', ['decide']),
  },

  spoil(
    'a decision after another gets the winning resolution back and does not win',
    'the winner wins again',
    (store) => ({
      async decide(id, decision) {
        const { won, approval } = await store.decide(id, decision)
        return { won: won || approval.resolution?.by === decision.by, approval }
      },
    }),
  ),

  spoil('deciding an approval that does not exist is not_found', 'a missing approval is a conflict', (store) => ({
    decide: (id, decision) => onRefusal('not_found', store.decide(id, decision), () => refuse('conflict')),
  })),

  spoil("expiry is judged by the database's clock even when nobody sweeps", 'only a sweep expires', (store, edit) => ({
    async decide(id, decision) {
      await edit((own) => {
        const approval = own.approvals.get(id)
        if (approval?.policy.onExpiry === undefined) delete approval?.expiresAt
      })
      return store.decide(id, decision)
    },
  })),

  spoil(
    'an expired approval that rejects on expiry is rejected and never approved',
    'all expire alike',
    (store, edit) => ({
      async decide(id, decision) {
        await edit((own) => delete own.approvals.get(id)?.policy.onExpiry)
        return store.decide(id, decision)
      },
    }),
  ),

  spoil('a quorum counts distinct voters and one person votes once', 'votes are counted, not voters', (store) => ({
    async decide(id, decision) {
      const voted = (await store.get(id))?.votes.some((vote) => vote.by === decision.by)
      return store.decide(id, voted ? { ...decision, by: `${decision.by} again` } : decision)
    },
  })),

  racyDecisions('simultaneous votes complete a quorum exactly once', 'a vote reads, then writes', true),

  spoil('one rejection rejects whatever the quorum', 'a rejection is only a vote', (store) => ({
    async decide(id, decision) {
      const approval = await store.get(id)
      if (decision.decision === 'rejected' && approval?.policy.quorum !== undefined) return { won: false, approval }
      return store.decide(id, decision)
    },
  })),

  spoil(
    'a voter who is not an eligible approver is refused and nothing changes',
    'anybody may vote',
    (store, edit) => ({
      async decide(id, decision) {
        await edit((own) => delete own.approvals.get(id)?.policy.approvers)
        return store.decide(id, decision)
      },
    }),
  ),

  spoil('the requester cannot decide where the policy excludes them', 'the requester may vote', (store, edit) => ({
    async decide(id, decision) {
      await edit((own) => delete own.approvals.get(id)?.policy.excludeRequester)
      return store.decide(id, decision)
    },
  })),

  spoil('a decision without a decider is refused as invalid', 'nobody is somebody', (store) => ({
    decide: (id, decision) => store.decide(id, { ...decision, by: decision.by || 'somebody' }),
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

  spoil('cancelling an approval that does not exist is not_found', 'a missing approval is a conflict', (store) => ({
    cancel: (id, by, reason) => onRefusal('not_found', store.cancel(id, by, reason), () => refuse('conflict')),
  })),
]

export const approvalDefects: readonly Defect[] = [
  ...requesting,
  ...deciding,
  ...consuming,
  ...cancelling,
  ...approvalReadingDefects,
]
