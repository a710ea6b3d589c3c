import type { ApprovalRelay, Delivery, Storage } from '@freehold/contract'
import type { RelayState } from '../../src/reference/relay.js'
import type { Defect, Ground } from './defect.js'

/** Changes what is kept for consumers behind the back of the store. */
type Edit = <T>(work: (relay: RelayState) => T) => Promise<T>

/** A defect that replaces methods of the relay. */
export function spoil(
  law: string,
  name: string,
  methods: (relay: ApprovalRelay, edit: Edit, storage: Storage) => Partial<ApprovalRelay>,
): Defect {
  const plant = (storage: Storage, { medium }: Ground): Storage => {
    const edit: Edit = (work) => medium.transact((state) => work(state.relay))
    return { ...storage, relay: { ...storage.relay, ...methods(storage.relay, edit, storage) } }
  }
  return { law, name, plant }
}

/** A relay that takes otherwise. */
export const taking = (law: string, name: string, change: (deliveries: Delivery[], consumer: string) => Delivery[]) =>
  spoil(law, name, (relay) => ({
    async take(consumer, holder, options) {
      const deliveries = await relay.take(consumer, holder, options)
      return deliveries && change(deliveries, consumer)
    },
  }))
