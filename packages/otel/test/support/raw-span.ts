import type { JsonObject, SpanInput } from '@freehold/contract'
import { normalise, type RawSpan } from '../../src/normalise.js'

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
export const SPAN_ID = 'b7ad6b7169203331'

/** An ended span with these attributes, normalised. */
export function normalised(attributes: JsonObject, rest: Partial<RawSpan> = {}): SpanInput {
  return normalise({
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    name: 'span',
    startedAt: 1_000,
    endedAt: 2_000,
    failed: false,
    events: [],
    links: [],
    ...rest,
    attributes,
  })
}

/** The same with one field less to type: its detail. */
export function detailOf(attributes: JsonObject, rest?: Partial<RawSpan>): SpanInput['detail'] {
  return normalised(attributes, rest).detail
}
