import { expect } from 'vitest'
import { fromOtlp } from '../../src/index.js'
import { SPAN_ID, TRACE_ID } from './raw-span.js'

/** A span in OTLP with no more than it must have, and a link of one. */
export const OTLP_SPAN = {
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: 'span',
  startTimeUnixNano: '1764859882049123456',
  endTimeUnixNano: '1764859882050000000',
}
export const LINK = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }

/** Where the span is that `read` reads. */
export const PLACE = 'resourceSpans[0].scopeSpans[0].spans[0]'

/** Reads the span with these fields, which is never rejected, and tells what is said of it, each by its path within the span. */
export function read(span: object) {
  const { spans, warnings, rejected } = fromOtlp({
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...OTLP_SPAN, ...span }] }] }],
  })
  expect([spans.length, rejected]).toEqual([1, []])
  return { span: spans[0]!, told: warnings.map(({ path, reason }) => `${path.replace(`${PLACE}.`, '')}: ${reason}`) }
}
