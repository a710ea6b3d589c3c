import type { SpanInput } from '@freehold/contract'
import { Random } from './random.js'
import { batchOf } from './spans.js'

export type Likeness = 'distinct' | 'alike'

/** A batch of traces whose spans have so many bytes of input and output together, all of them their own or all the same. */
export function sizedBatch(
  seed: number,
  spans: number,
  { bytes, likeness, startedAt }: { bytes: number; likeness: Likeness; startedAt: number },
): SpanInput[] {
  const textOf = (from: number) => {
    const random = new Random(from)
    return [random.prose(bytes / 2), random.prose(bytes / 2)] as const
  }
  const same = textOf(bytes)
  return batchOf(seed, spans, startedAt).map((span, place) => {
    const [input, output] = likeness === 'alike' ? same : textOf(seed * 10_000 + place)
    return { ...span, input: [{ role: 'user', content: input }], output: [{ role: 'assistant', content: output }] }
  })
}
