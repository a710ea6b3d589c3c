import { describe, expect, it } from 'vitest'
import { FreeholdSpanProcessor, importOtlp } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'
import { setUp } from './support/processors.js'

it('a wrong option of an import is named as one', async () => {
  await expect(importOtlp(new MemoryWriter(), '', { batch: 0 })).rejects.toThrow('import options: batch: ')
})

it('what was rejected has left the queue when it is told', async () => {
  const queued: number[] = []
  const onRejected = () => void queued.push(processor.counts.queued)
  const { processor, tracer } = setUp({ onRejected })
  tracer.startSpan('early', { startTime: [-5, 0] }).end()
  await processor.forceFlush()
  expect(queued).toEqual([0])
})

describe('the options of the processor', () => {
  it.each([
    ['a listener that is none', { onRejected: 'x', onError: 'x' }, /onError: .*\n.*onRejected: is not a function/],
    ['a field that nobody knows', { sampel: {} }, /sampel: is not a field .* spool, .* redact, caps, sample, live/],
    ['null', null, 'recorder options: recorder options: is null; give an object'],
    ['a text', 'x', 'recorder options: recorder options: is '],
  ])('may not be %s', (_, options, message) => {
    expect(() => new FreeholdSpanProcessor(new MemoryWriter(), options as object)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringMatching(message) }),
    )
  })
})
