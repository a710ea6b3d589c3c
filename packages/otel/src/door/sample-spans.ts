import type { SpanInput } from '@freehold/contract'
import type { SampleOptions } from './options.js'
import { Sampler } from './sampler.js'

/** A record of a span, and what tells it from others of that span: its messages come apart from it, in logs. */
interface HeldSpan {
  span: SpanInput
  key: string
}

export function heldSpan(span: SpanInput, isMessages = false): HeldSpan {
  return { span, key: isMessages ? `${span.spanId} messages` : span.spanId }
}

export function spanSampler(options: Required<SampleOptions>): Sampler<HeldSpan> {
  return new Sampler(options, ({ span: { traceId, status }, key }) => ({
    traceId,
    spanId: key,
    failed: status === 'error',
  }))
}

/** The spans of a document that are kept, which is in memory as a whole. */
export function sampledOf(
  spans: readonly SpanInput[],
  options: Required<SampleOptions> | undefined,
): readonly SpanInput[] {
  if (options === undefined) return spans
  const { items } = spanSampler({ ...options, hold: Number.POSITIVE_INFINITY }).take(
    spans.map((span) => heldSpan(span)),
  )
  return items.map(({ span }) => span)
}
