import { afterEach, describe, expect, it, vi } from 'vitest'
import { Flushes } from '../src/flushes.js'
import { importOtlp } from '../src/index.js'
import { tell } from '../src/warnings.js'
import { MemoryWriter } from './support/memory-writer.js'
import { failure } from './support/queues.js'

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
  const flushes = new Flushes(1_000, () => 0)
  const rejected = failure(flushes.wait(2))
  const [mine, later] = [new Error('mine'), new Error('later')]
  const refusal = (number: number, cause: Error) => ({ entries: [{ number, item: 'x' }], cause })
  flushes.leave([refusal(0, mine), refusal(2, later)], 3)
  expect(await rejected).toMatchObject({ message: '1 span refused and lost', cause: mine })
})

it('a wrong option of an import is named as one', async () => {
  await expect(importOtlp(new MemoryWriter(), '', { batch: 0 })).rejects.toThrow('import options: batch: ')
})
