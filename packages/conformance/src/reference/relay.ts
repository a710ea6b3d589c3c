import {
  type Approval,
  type ApprovalEvent,
  type ApprovalRelay,
  type ApprovalStore,
  acceptConsumer,
  acceptHolder,
  acceptList,
  acceptRegistration,
  acceptSettlements,
  asOf,
  compact,
  type DeadLetter,
  type Delivery,
  HELD_FOR,
  isOfFormer,
  MAX_TOLD,
  noConsumer,
  type Progress,
  type RelayStart,
  refuseOtherStart,
  refuseUntold,
  settled,
  type Timestamp,
  takenAtOnce,
  toMicroseconds,
} from '@freehold/contract'
import { type ApprovalsState, databaseClock } from './approvals-state.js'
import { listing } from './listing.js'
import type { Medium } from './medium.js'

interface Consumer {
  from: RelayStart
  since: Timestamp
  holder: string
  until: Timestamp
  /** What was settled, by tenant and approval. */
  settled: Map<string, Progress>
  dead: DeadLetter[]
}

/** Consumers by their names. */
export type RelayState = Map<string, Consumer>

/** What waits for a consumer. */
interface Waiting extends Progress {
  tenant: string
  id: string
  nextAt: Timestamp
}

const NEWEST = {
  list: 'dead letters',
  example: [0, '', '', 0] as const,
  key: ({ at, tenant, approvalId, seq }: DeadLetter) => [toMicroseconds(at), tenant, approvalId, seq],
  direction: 'descending',
} as const

/** The outbox of the approvals of all tenants. What waits is what was not settled: there is nothing to keep of it before. */
export function referenceRelay(
  medium: Medium<{ approvals: ApprovalsState; relay: RelayState }>,
  approvalsOf: (tenant: string) => ApprovalStore,
): ApprovalRelay {
  return {
    async register(consumer, options) {
      const { name, from } = acceptRegistration(consumer, options)
      return medium.transact(({ relay }) => {
        const there = relay.get(name)
        if (there !== undefined) return refuseOtherStart(there.from, from)
        const since = databaseClock()
        relay.set(name, { from: from ?? 'now', since, holder: '', until: 0, settled: new Map(), dead: [] })
      })
    },

    async take(consumer, holder, options) {
      const asked = acceptHolder(consumer, holder, options)
      return medium.transact(({ approvals, relay }) => {
        const now = databaseClock()
        const own = existing(relay, asked.name)
        if (own.holder !== '' && own.holder !== asked.holder && own.until > now) return null
        Object.assign(own, { holder: asked.holder, until: now + HELD_FOR })
        const due = waitingFor(own, approvals).filter(({ nextAt }) => nextAt <= now)
        const deliveries = due.slice(0, asked.limit).map((one) => deliveryOf(one, approvals, now))
        return takenAtOnce(deliveries, ({ approval }) => JSON.stringify(approval).length)
      })
    },

    async settle(consumer, results) {
      const accepted = acceptSettlements(consumer, results)
      return medium.transact(({ approvals, relay }) => {
        const now = databaseClock()
        const own = existing(relay, accepted.name)
        for (const result of accepted.results) {
          const { tenant, approvalId, dead = [] } = result
          const before = progressOf(own, approvals, tenant, approvalId)
          const there = approvals.get(tenant)?.approvals.get(approvalId)
          if (before === undefined || isOfFormer(result, there?.requestedAt)) continue
          own.settled.set(keyOf(tenant, approvalId), settled(before, result, now))
          for (const { seq, reason } of dead) {
            const isDead = own.dead.some(
              (one) => keyOf(one.tenant, one.approvalId, one.seq) === keyOf(tenant, approvalId, seq),
            )
            if (!isDead) own.dead.push({ tenant, approvalId, seq, reason, at: now })
          }
        }
      })
    },

    async sweep() {
      let changed = 0
      for (const tenant of await medium.transact(({ approvals }) => [...approvals.keys()]))
        changed += (await approvalsOf(tenant).expire()) + (await approvalsOf(tenant).remind())
      return changed
    },

    async release(consumer, holder) {
      const asked = acceptHolder(consumer, holder)
      return medium.transact(({ relay }) => {
        const own = relay.get(asked.name)
        if (own?.holder === asked.holder) own.holder = ''
      })
    },

    async state(consumer) {
      const name = acceptConsumer(consumer)
      return medium.transact(({ approvals, relay }) => {
        const own = existing(relay, name)
        const waiting = waitingFor(own, approvals)
        const since = waiting.map(({ failingSince, nextAt }) => failingSince ?? nextAt)
        const failing = waiting.filter(({ attempts }) => attempts > 0).length
        const oldest = waiting.length === 0 ? undefined : Math.min(...since)
        return compact({ waiting: waiting.length, oldest, failing, dead: own.dead.length })
      })
    },

    async dead(consumer, page) {
      const [name, at] = acceptList(NEWEST.list, NEWEST.example, () => acceptConsumer(consumer), page)
      return medium.transact(({ relay }) => listing(NEWEST, existing(relay, name).dead, at, (letter) => letter))
    },

    async unregister(consumer) {
      const name = acceptConsumer(consumer)
      return medium.transact(({ relay }) => void relay.delete(name))
    },
  }
}

/** Forgets what is kept of an approval for consumers. @throws StoreError `conflict` when one was not told of all of it */
export function forgetTold(
  { approvals, relay }: { approvals: ApprovalsState; relay: RelayState },
  tenant: string,
  { id, status, version }: Approval,
): void {
  const open = [...relay.values()].filter((own) => progressOf(own, approvals, tenant, id)?.nextAt !== undefined)
  refuseUntold({ consumers: relay.size, behind: 0, status, version, settled: version, waiting: open.length })
  for (const own of relay.values()) {
    own.settled.delete(keyOf(tenant, id))
    own.dead = own.dead.filter((letter) => keyOf(letter.tenant, letter.approvalId) !== keyOf(tenant, id))
  }
}

function existing(relay: RelayState, name: string): Consumer {
  const consumer = relay.get(name)
  if (consumer === undefined) throw noConsumer()
  return consumer
}

function keyOf(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts)
}

function eventsOf(approvals: ApprovalsState, tenant: string, id: string): ApprovalEvent[] {
  return approvals.get(tenant)?.events.filter(({ approvalId }) => approvalId === id) ?? []
}

/** How far a consumer is with an approval; nothing where there is none, or nothing of it was ever to be told. */
function progressOf(own: Consumer, approvals: ApprovalsState, tenant: string, id: string): Progress | undefined {
  const events = eventsOf(approvals, tenant, id)
  const wanted = events.length
  const known = own.settled.get(keyOf(tenant, id))
  if (known !== undefined) {
    const nextAt = known.nextAt ?? events.at(-1)!.at
    return { ...known, wanted, nextAt: known.seq < wanted ? nextAt : undefined }
  }
  const seq = own.from === 'start' ? 0 : events.filter(({ at }) => at < own.since).length
  return seq < wanted ? { seq, wanted, attempts: 0, nextAt: events[seq]!.at } : undefined
}

function waitingFor(own: Consumer, approvals: ApprovalsState): Waiting[] {
  const all = [...approvals].flatMap(([tenant, { approvals: theirs }]) =>
    [...theirs.keys()].flatMap((id): Waiting[] => {
      const progress = progressOf(own, approvals, tenant, id)
      return progress?.nextAt === undefined ? [] : [{ ...progress, nextAt: progress.nextAt, tenant, id }]
    }),
  )
  return all.sort((a, b) => a.nextAt - b.nextAt)
}

function deliveryOf(
  { tenant, id, seq, attempts, failingSince }: Waiting,
  state: ApprovalsState,
  now: Timestamp,
): Delivery {
  const approval = asOf(state.get(tenant)!.approvals.get(id)!, now)
  const events = eventsOf(state, tenant, id).slice(seq, seq + MAX_TOLD)
  return compact({ tenant, approval, events, attempts, failingSince })
}
