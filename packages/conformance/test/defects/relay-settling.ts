import type { Delivery } from '@freehold/contract'
import type { Defect } from './defect.js'
import { spoil, taking } from './relay-spoil.js'
import { onRefusal } from './spoil.js'

/** What becomes of telling. */
export const settlingDefects: readonly Defect[] = [
  spoil('settling less than was settled before takes nothing back', 'the last word counts', (relay, edit) => ({
    async settle(consumer, results) {
      await relay.settle(consumer, results)
      await edit((consumers) => {
        for (const { tenant, approvalId, seq } of results) {
          const progress = consumers.get(consumer)?.settled.get(JSON.stringify([tenant, approvalId]))
          if (progress !== undefined) progress.seq = seq
        }
      })
    },
  })),

  spoil(
    'settling late what was told of an approval that was removed leaves the one that has its id now as it is',
    'who has the id is who is meant',
    (relay) => ({
      settle: (consumer, results) =>
        relay.settle(
          consumer,
          results.map(({ requestedAt: _, ...one }) => one),
        ),
    }),
  ),

  spoil(
    'a failure is tried again when its time has come and not before and what comes after it waits',
    'it is tried again at once',
    (relay) => ({
      settle: (consumer, results) =>
        relay.settle(
          consumer,
          results.map((one) => (one.failure ? { ...one, failure: { ...one.failure, retryIn: 0 } } : one)),
        ),
    }),
  ),

  taking(
    'a failure is tried again when its time has come and not before and what comes after it waits',
    'it fails for the first time each time',
    (deliveries) => deliveries.map((one) => ({ ...one, attempts: Math.min(1, one.attempts) })),
  ),

  spoil('failures are counted anew after an event that was told', 'they are counted on', (relay) => {
    const failures = new Map<string, number>()
    return {
      async settle(consumer, results) {
        for (const { tenant, approvalId, failure } of results) {
          const key = `${tenant} ${approvalId}`
          failures.set(key, failure === undefined ? 0 : (failures.get(key) ?? 0) + 1)
        }
        await relay.settle(consumer, results)
      },
      async take(consumer, holder, options) {
        const deliveries = await relay.take(consumer, holder, options)
        const told = (one: Delivery) => failures.get(`${one.tenant} ${one.approval.id}`) ?? one.attempts
        return deliveries?.map((one) => ({ ...one, attempts: told(one) })) ?? null
      },
    }
  }),

  spoil('a dead letter is kept with its reason and holds up nothing', 'its reason is lost', (relay) => ({
    async dead(consumer, page) {
      const { items, ...rest } = await relay.dead(consumer, page)
      return { ...rest, items: items.map((letter) => ({ ...letter, reason: '' })) }
    },
  })),

  spoil('a dead letter is kept with its reason and holds up nothing', 'what is behind it dies with it', (relay) => ({
    settle: (consumer, results) =>
      relay.settle(
        consumer,
        results.map((one) => (one.dead && one.seq > 0 ? { ...one, seq: 10_000 } : one)),
      ),
  })),

  spoil(
    'settling the same approval twice in one call, or a dead letter after what was told, is refused as invalid',
    'the last of two counts',
    (relay) => ({
      settle: (consumer, results) =>
        onRefusal('invalid', relay.settle(consumer, results), (error) => {
          if (!error.problems.every(({ field }) => /^results\[\d+\]$/.test(field))) throw error
          return relay.settle(consumer, results.slice(-1))
        }),
    }),
  ),

  spoil(
    'the state of a consumer tells how many approvals wait and fail, since when, and how many letters are dead',
    'what fails does not wait',
    (relay) => ({
      async state(consumer) {
        const state = await relay.state(consumer)
        return { ...state, waiting: state.waiting - state.failing }
      },
    }),
  ),
]
