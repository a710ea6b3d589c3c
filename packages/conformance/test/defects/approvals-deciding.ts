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

/** Wrong decisions. */
export const decidingDefects: readonly Defect[] = [
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

  spoil("expiry is judged by the database's clock even when nobody sweeps", "by the client's clock", (store) => ({
    async decide(id, decision) {
      const approval = await store.get(id)
      const open = approval?.status === 'pending' && approval.expiresAt !== undefined
      if (open && approval.expiresAt! <= Date.now()) return { won: false, approval: { ...approval, status: 'expired' } }
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

  spoil('a quorum counts distinct voters and one person votes once', 'a repeated vote is a version', (store, edit) => ({
    async decide(id, decision) {
      const voted = (await store.get(id))?.votes.some((vote) => vote.by === decision.by)
      const { won, approval } = await store.decide(id, decision)
      if (!voted || approval.status !== 'pending') return { won, approval }
      const version = approval.version + 1
      return { won, approval: (await edit((own) => Object.assign(own.approvals.get(id)!, { version })))! }
    },
  })),

  spoil(
    'what a person supplies with a vote that others must join is kept with the vote',
    'it is kept of the last one only',
    (store, edit) => ({
      async decide(id, decision) {
        const { won, approval } = await store.decide(id, decision)
        if (won) return { won, approval }
        await edit((own) => {
          for (const vote of own.approvals.get(id)!.votes) delete vote.data
        })
        return { won, approval: (await store.get(id))! }
      },
    }),
  ),

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

  spoil('the requester cannot decide where the policy excludes them', 'the requester may reject', (store, edit) => ({
    async decide(id, decision) {
      if (decision.decision === 'rejected') await edit((own) => delete own.approvals.get(id)?.policy.excludeRequester)
      return store.decide(id, decision)
    },
  })),

  spoil('a decision without a decider is refused as invalid', 'nobody is somebody', (store) => ({
    decide: (id, decision) => store.decide(id, { ...decision, by: decision.by || 'somebody' }),
  })),

  spoil(
    "those to whom it escalates may vote when it is time by the database's clock and not before",
    'they may from the start',
    (store, edit) => ({
      async decide(id, decision) {
        await edit((own) => {
          const { policy } = own.approvals.get(id) ?? {}
          if (policy?.escalation) policy.approvers = policy.escalation.flatMap((step) => step.approvers)
        })
        return store.decide(id, decision)
      },
    }),
  ),

  spoil(
    "those to whom it escalates may vote when it is time by the database's clock and not before",
    'they never may',
    (store, edit) => ({
      async decide(id, decision) {
        await edit((own) => {
          const { policy } = own.approvals.get(id) ?? {}
          if (policy?.escalation) policy.escalation = []
        })
        return store.decide(id, decision)
      },
    }),
  ),
]
