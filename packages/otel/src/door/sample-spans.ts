import type { SpanInput } from '@freehold/contract'
import type { FoundSpans } from '../read-document.js'
import type { SampleOptions } from './options.js'
import { Sampler } from './sampler.js'

/** A span of a document, and its place there. */
export interface PlacedSpan {
  span: SpanInput
  path: string
}

export function placedSpans({ spans, paths }: FoundSpans): PlacedSpan[] {
  return spans.map((span, index) => ({ span, path: paths[index]! }))
}

export function spanSampler(options: Required<SampleOptions>): Sampler<PlacedSpan> {
  return new Sampler(options, ({ span: { traceId, spanId, status } }) => ({
    traceId,
    spanId,
    failed: status === 'error',
  }))
}

/** The spans of a document that are kept, which is in memory as a whole. */
export function sampledOf(found: FoundSpans, options: Required<SampleOptions> | undefined): PlacedSpan[] {
  const placed = placedSpans(found)
  if (options === undefined) return placed
  return spanSampler({ ...options, hold: Number.POSITIVE_INFINITY }).take(placed).items
}
