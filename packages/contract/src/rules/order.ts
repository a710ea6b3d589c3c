import type { Span } from '../span.js'

/** The order of texts in every list: by the bytes of UTF-8, as engines have it. That of UTF-16 units differs beyond U+FFFF. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** The order of the spans of one trace: by start, then by id. */
export function byStart(a: Pick<Span, 'startedAt' | 'spanId'>, b: Pick<Span, 'startedAt' | 'spanId'>): number {
  return a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1)
}
