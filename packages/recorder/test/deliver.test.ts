import { isClosed, StoreError } from '@freehold/contract'
import { describe, expect, it, vi } from 'vitest'
import { deliver, type Entry } from '../src/deliver.js'

const entries: Entry<number>[] = [0, 1, 2, 3, 4].map((number) => ({ number, item: number }))

/** Refuses a write that holds 3, and rejects one item of any other. */
function refusing3(error: Error) {
  return vi.fn(async (items: readonly number[]) => {
    if (items.includes(3)) throw error
    return { rejected: ['rejected'] }
  })
}

describe('a write that is refused for good', () => {
  it('as invalid costs only what is bad in it', async () => {
    const error = new StoreError('invalid', 'no')
    const { refusals } = await deliver(refusing3(error), entries)
    expect(refusals).toEqual([{ entries: [entries[3]], cause: error }])
  })

  it('by a closed store, which hits all alike, is not tried again', async () => {
    const error = isClosed()
    const write = refusing3(error)
    expect(await deliver(write, entries)).toEqual({ rejected: [], repeated: 0, refusals: [{ entries, cause: error }] })
    expect(write).toHaveBeenCalledTimes(1)
  })

  it('counts what was rejected in all of its parts', async () => {
    // 0, 1 | 2 | 4
    expect((await deliver(refusing3(new StoreError('invalid', 'no')), entries)).rejected).toHaveLength(3)
  })

  it('may have several bad items', async () => {
    const write = async (items: readonly number[]) => {
      if (items.includes(0) || items.includes(4)) throw new StoreError('invalid', 'no')
      return { rejected: [] }
    }
    const { refusals } = await deliver(write, entries)
    expect(refusals.flatMap((refusal) => refusal.entries)).toEqual([entries[0], entries[4]])
  })
})

describe('a write that may succeed later', () => {
  it.each([
    ['an error of a store', new StoreError('unavailable', 'away')],
    ['a wrong password', new StoreError('unavailable', 'the password is wrong', { retryable: false })],
    ['an old schema', new StoreError('unsupported', 'the schema is missing')],
    ['what nobody knows', new StoreError('internal', 'no')],
    ['an error that does not say', new Error('ECONNREFUSED')],
    ['something that is no error', 'away'],
  ])('throws %s', async (_, error) => {
    await expect(deliver(refusing3(error as Error), entries)).rejects.toBe(error)
  })

  it('throws also when a part before it was refused for good', async () => {
    const write = async (items: readonly number[]) => {
      if (items.length > 2) throw new StoreError('invalid', 'no')
      throw new StoreError('unavailable', 'away')
    }
    await expect(deliver(write, entries)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
