import type { SpanInput } from '@freehold/contract'
import { weightOfRead } from '../weight.js'
import type { SampleOptions } from './options.js'
import { Sampler } from './sampler.js'

/** A record of a span, and what tells it from others of that span: its messages come apart from it, in logs. */
export interface HeldSpan {
  span: SpanInput
  isMessages: boolean
}

export function heldSpan(span: SpanInput, isMessages = false): HeldSpan {
  return { span, isMessages }
}

export function spanSampler(options: Required<SampleOptions>): Sampler<HeldSpan> {
  const sampled = ({ span: { traceId, spanId, status, endedAt }, isMessages }: HeldSpan) => ({
    traceId,
    spanId: isMessages ? `${spanId} messages` : spanId,
    failed: status === 'error',
    ended: endedAt !== undefined,
  })
  return new Sampler(options, sampled, ({ span }) => weightOfRead(span))
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
