import { StoreError } from '@freehold/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Flushes } from '../src/flushes.js'
import { Recorder } from '../src/recorder.js'
import { countingOf, tell } from '../src/warnings.js'
import { countsOf, failure } from './support/queues.js'

afterEach(() => void vi.restoreAllMocks())

describe('a listener that throws', () => {
  it.each([
    ['an error', new Error('no'), 'freehold: a listener threw: no'],
    ['a text', 'no', 'freehold: a listener threw: no'],
  ])('%s is named in a process warning', (_, thrown, text) => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    tell(() => {
      throw thrown
    }, 1)
    expect(emitWarning.mock.calls).toEqual([[text]])
  })
})

it('a flush is told of what it waited for, and not of what came after it', async () => {
  const flushes = new Flushes({
    deadline: 1_000,
    missingBefore: () => 0,
    done: 'acknowledged',
    named: countingOf('record'),
  })
  const rejected = failure(flushes.wait(2))
  const [mine, later] = [new Error('mine'), new Error('later')]
  const refusal = (number: number, cause: Error) => ({ entries: [{ number, item: 'x' }], cause })
  flushes.arrived(3, [refusal(0, mine), refusal(2, later)])
  expect(await rejected).toMatchObject({ message: '1 record refused and lost', cause: mine })
})

describe('a listener that is asynchronous and rejects', () => {
  it('is named in a process warning, and does not end the process', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    tell(() => Promise.reject(new Error('the webhook is down')), 1)
    await Promise.resolve()
    expect(emitWarning.mock.calls).toEqual([['freehold: a listener threw: the webhook is down']])
  })
})

describe('what was rejected', () => {
  it('is told once, though the write of it was done again', async () => {
    vi.useFakeTimers()
    const told: unknown[] = []
    let writes = 0
    const write = async (items: readonly string[]) => {
      writes++
      if (items.length > 1) throw new StoreError('invalid', 'no')
      if (items.includes('late') && writes < 8) throw new StoreError('unavailable', 'away')
      return { rejected: items.filter((item) => item === 'bad') }
    }
    const onRejected = (rejected: readonly string[]) => void told.push(...rejected)
    const queue = new Recorder(write, { onRejected, onError: () => {} })
    queue.record('bad')
    queue.record('late')
    await vi.advanceTimersByTimeAsync(10_000)
    vi.useRealTimers()
    expect([told, countsOf(queue)]).toMatchObject([['bad'], { queued: 0, written: 1, rejected: 1 }])
  })
})
