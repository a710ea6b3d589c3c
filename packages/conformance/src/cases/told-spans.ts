import type { SpanInput } from '@freehold/contract'
import fc from 'fast-check'
import { SEED } from './seed.js'
import { span, spanId, T0, traceId } from './spans.js'

/** What tells one record of a span from another. */
export interface Told {
  n: number
  start: number
  length: number | undefined
  status: 'ok' | 'error' | undefined
  user: string | undefined
}

export const told = fc.record<Told>({
  n: fc.integer({ min: 1, max: 6 }),
  start: fc.integer({ min: 0, max: 20 }),
  length: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  status: fc.constantFrom(undefined, undefined, 'ok', 'error'),
  user: fc.constantFrom(undefined, 'ann', 'bob'),
})

export const KINDS = ['other', 'run', 'llm', 'tool', 'llm', 'retrieval', 'llm'] as const

/** Kind, model and tokens follow from the number of the span, so that what is expected can be counted by hand. */
export function spanOf({ n, start, length, status, user }: Told): SpanInput {
  const kind = KINDS[n]!
  const details: Partial<Record<typeof kind, object>> = {
    // Costs whose sum differs with their order, unless it is kept in whole numbers.
    llm: { model: `model-${9 - n}`, promptTokens: n, cost: n * 0.07 },
    tool: { tool: `tool-${n}` },
  }
  return span(n, {
    parentId: n % 3 === 1 ? undefined : spanId(n - 1),
    kind,
    detail: details[kind],
    startedAt: T0 + start,
    endedAt: length === undefined ? undefined : T0 + start + length,
    status,
    userId: user,
    input: user === undefined ? undefined : `input of ${user}`,
  })
}

/** How many batches of each worker tell of one trace. */
const BATCHES = 4
/** Most spans that one batch tells of. */
const MAX_BATCH = 8

/**
 * What one of several workers tells of trace 1, 2, 3 …: batches to be written at once, so that they meet where the trace
 * begins. Of every other trace all workers tell the same spans, each in records of its own; of those between, each batch
 * tells of spans that no other tells of.
 */
export function toldBy(worker: number, traces: number): SpanInput[][][] {
  const batch = fc.array(told, { minLength: 1, maxLength: MAX_BATCH })
  const batches = fc.array(batch, { minLength: BATCHES, maxLength: BATCHES })
  return fc.sample(batches, { numRuns: traces, seed: SEED + worker }).map((batches, at) =>
    batches.map((records, number) => {
      const first = 1 + (worker * BATCHES + number) * MAX_BATCH
      return records.map((told, place) => ({
        ...spanOf(told),
        traceId: traceId(1 + at),
        ...(at % 2 === 0 ? {} : { spanId: spanId(first + place) }),
      }))
    }),
  )
}
