import type { ApprovalRelay, DeadLetter, Delivery } from '@freehold/contract'
import { allTold } from '../../src/cases/told-events.js'
import { type Defect, override } from './defect.js'
import { settlingDefects } from './relay-settling.js'
import { spoil, taking } from './relay-spoil.js'
import { onRefusal } from './spoil.js'

const keyOf = ({ tenant, approval, events }: Delivery) => JSON.stringify([tenant, approval.id, events[0]?.seq])

/** A relay that does otherwise with large approvals, and with those that are taken next. */
function takingMore(
  name: string,
  change: (large: Delivery[], next: Delivery[], pass: (deliveries: Delivery[]) => Promise<void>) => Promise<Delivery[]>,
): Defect {
  const law = 'of large approvals as many are taken as are not too much at once and the others next'
  return spoil(law, name, (relay, edit) => ({
    async take(consumer, holder, options) {
      const large = await relay.take(consumer, holder, options)
      if (!large?.some(({ approval }) => typeof approval.args === 'string' && approval.args.length > 1_000_000))
        return large
      const pass = (deliveries: Delivery[]) => relay.settle(consumer, deliveries.map(allTold))
      await pass(large)
      const next = (await relay.take(consumer, holder, options)) ?? []
      await edit((consumers) => {
        for (const { tenant, approval } of large)
          consumers.get(consumer)!.settled.delete(JSON.stringify([tenant, approval.id]))
      })
      return change(large, next, pass)
    },
  }))
}

const consumers: Defect[] = [
  spoil(
    'registering a consumer again changes nothing and from elsewhere is a conflict',
    'it begins anew',
    (relay, edit) => ({
      async register(consumer, options) {
        await relay.register(consumer, options)
        await edit((consumers) => Object.assign(consumers.get(consumer)!, { since: Date.now() }))
      },
    }),
  ),

  spoil(
    'registering a consumer again changes nothing and from elsewhere is a conflict',
    'from elsewhere changes nothing either',
    (relay) => ({
      register: (consumer, options) => onRefusal('conflict', relay.register(consumer, options), () => undefined),
    }),
  ),

  spoil(
    'a consumer from the start is told of what happened before it registered and one from now is not',
    'one from the start begins now',
    (relay, edit) => ({
      async register(consumer, options) {
        await relay.register(consumer, options)
        if (options?.from === 'start')
          await edit((consumers) => Object.assign(consumers.get(consumer)!, { from: 'now' }))
      },
    }),
  ),

  spoil(
    'a consumer from the start is told of what happened before it registered and one from now is not',
    'one from now begins at the start',
    (relay, edit) => ({
      async take(consumer, holder, options) {
        if (consumer === 'late') await edit((consumers) => Object.assign(consumers.get(consumer)!, { since: 0 }))
        return relay.take(consumer, holder, options)
      },
    }),
  ),

  spoil('each consumer is told on its own', 'who is told is told for all', (relay) => {
    const known = new Set<string>()
    return {
      async register(consumer, options) {
        known.add(consumer)
        await relay.register(consumer, options)
      },
      async settle(consumer, results) {
        const plain = results.every(({ dead }) => dead === undefined)
        for (const each of plain && known.has(consumer) ? known : [consumer]) await relay.settle(each, results)
      },
    }
  }),

  spoil('taking for a consumer that is not registered is not_found', 'there is nothing for it', (relay) => ({
    take: (consumer, ...rest) => onRefusal('not_found', relay.take(consumer, ...rest), () => []),
  })),

  spoil(
    'a consumer that is unregistered is not known any more and begins anew when it registers again',
    'what is kept for it stays',
    (relay, edit) => {
      let letters: DeadLetter[] = []
      return {
        async unregister(consumer) {
          letters = (await edit((consumers) => consumers.get(consumer)?.dead)) ?? letters
          await relay.unregister(consumer)
        },
        async register(consumer, options) {
          await relay.register(consumer, options)
          if (letters.length > 0) await edit((consumers) => void consumers.get(consumer)!.dead.push(...letters))
        },
      }
    },
  ),

  spoil('dead letters are of their consumer and listed newest first', 'the oldest comes first', (relay) => ({
    async dead(consumer, page) {
      const { items, ...rest } = await relay.dead(consumer, page)
      return { ...rest, items: items.length < 3 && page === undefined ? items.reverse() : items }
    },
  })),
]

const telling: Defect[] = [
  taking('every event of an approval is told to a consumer in order', 'expiry is not told', (deliveries) =>
    deliveries.map((one) => ({ ...one, events: one.events.filter(({ type }) => type !== 'expired') })),
  ),

  taking('every event of an approval is told to a consumer in order', 'the newest comes first', (deliveries) =>
    deliveries.map((one) => ({ ...one, events: one.events.length > 3 ? one.events.reverse() : one.events })),
  ),

  spoil('what was taken and not settled is told again', 'it is told three times at most', (relay) => {
    const told = new Map<string, number>()
    return {
      async take(consumer, holder, options) {
        const deliveries = await relay.take(consumer, holder, options)
        const isNews = (one: Delivery) => {
          const times = (told.get(keyOf(one)) ?? 0) + 1
          told.set(keyOf(one), times)
          return times <= 3
        }
        return deliveries?.filter(isNews) ?? null
      },
    }
  }),

  takingMore('all are taken at once', async (more, rest) => [...more, ...rest]),

  takingMore('the others are passed over', async (more, rest, pass) => {
    await pass(rest)
    return more
  }),

  spoil(
    'what happens between taking and settling is told next',
    'what is settled is all that there is',
    (relay, _, { tenant: tenantOf }) => {
      const last = new Map<string, number>()
      return {
        async take(consumer, holder, options) {
          const deliveries = await relay.take(consumer, holder, options)
          for (const one of deliveries ?? []) last.set(`${one.tenant} ${one.approval.id}`, one.approval.version)
          return deliveries
        },
        async settle(consumer, results) {
          const all = results.map(async (result) => {
            const { tenant, approvalId, seq } = result
            if (result.failure !== undefined || last.get(`${tenant} ${approvalId}`) !== seq) return result
            const approval = await tenantOf(tenant).approvals.get(approvalId)
            return { ...result, seq: approval?.version ?? seq }
          })
          await relay.settle(consumer, await Promise.all(all))
        },
      }
    },
  ),

  taking('telling is of all tenants and says of which', 'it says that all are one', (deliveries) =>
    deliveries.map((one) => ({ ...one, tenant: 'default' })),
  ),

  spoil('while one holder has a consumer another gets nothing until it is given back', 'all are one', (relay) => ({
    take: (consumer, _, options) => relay.take(consumer, 'anybody', options),
  })),

  {
    law: 'processes that decide and take at once miss no event and tell each approval in order',
    name: 'a process tells of what it asked for itself',
    plant(storage) {
      const own = new Set<string>()
      const knowing = override(storage, 'approvals', (store) => ({
        async request(input) {
          const approval = await store.request(input)
          own.add(approval.id)
          return approval
        },
      }))
      const { relay } = storage
      const take: ApprovalRelay['take'] = async (consumer, holder, options) => {
        const deliveries = await relay.take(consumer, holder, options)
        const foreign = (deliveries ?? []).filter(({ approval }) => !own.has(approval.id))
        const passed = foreign.map(({ tenant, approval, events }) => ({
          tenant,
          approvalId: approval.id,
          seq: events.at(-1)!.seq,
        }))
        await relay.settle(consumer, passed)
        return deliveries?.filter((one) => !foreign.includes(one)) ?? null
      }
      return { ...knowing, relay: { ...relay, take } }
    },
  },
]

const sweeping: Defect[] = [
  spoil(
    'a sweep of the relay marks what has expired and notes what is due in all tenants',
    'only of the default tenant',
    (_, __, storage) => ({
      sweep: async () => (await storage.approvals.expire()) + (await storage.approvals.remind()),
    }),
  ),

  spoil(
    'a sweep of the relay marks what has expired and notes what is due in all tenants',
    'what is due is left',
    (_, edit, storage) => ({
      async sweep() {
        let changed = 0
        for (const tenant of ['one', 'two']) changed += await storage.tenant(tenant).approvals.expire()
        return edit(() => changed)
      },
    }),
  ),
]

export const relayDefects: readonly Defect[] = [...consumers, ...telling, ...settlingDefects, ...sweeping]
