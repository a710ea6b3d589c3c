import type { Storage, StoreError } from '@freehold/contract'

/** What opening a database is refused with; nothing when it opens. */
export function refusal(opening: Promise<Storage>): Promise<Partial<StoreError>> {
  return opening.then(
    async (storage) => {
      await storage.close()
      return {}
    },
    ({ code, retryable, message }: StoreError) => ({ code, retryable, message }),
  )
}
