import type { StoreError } from '@freehold/contract'
import { expect } from 'vitest'

/** What somebody who opens is told first. */
export function refusal(opening: Promise<unknown>): Promise<Pick<StoreError, 'code' | 'retryable' | 'message'>> {
  return opening.then(
    () => {
      throw new Error('it opened')
    },
    ({ code, retryable, message }: StoreError) => ({ code, retryable, message }),
  )
}

/** A refusal whose message has these words, in this order. */
export const told = (retryable: boolean, ...words: string[]) => ({
  code: 'unavailable',
  retryable,
  message: expect.stringMatching(new RegExp(words.join('.*'))),
})
