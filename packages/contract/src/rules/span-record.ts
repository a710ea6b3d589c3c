import type { Span } from '../span.js'
import type { SpanFacts } from './summary-state.js'

/**
 * A span as a store keeps it. A span may be told in several records (its start, its end, either of them twice, from
 * several processes); this is what they add up to. `rank` orders records, and is that of the greatest one.
 */
export interface SpanRecord {
  readonly span: Span
  readonly rank: string
  /** What does not come from the greatest record; absent where everything does. */
  readonly sources?: SpanSources
  /** Of a record that was just read and merged with no other: what is stored of it is known. */
  readonly stored?: StoredSpan
}

export interface SpanSources {
  /** By rank: the fields that a lesser record told, as `input` or `detail.llm.model`. */
  fields: Readonly<Record<string, readonly string[]>>
  /** Details of other kinds than the span's, which a greater record may yet make it. */
  details?: Readonly<Record<string, unknown>>
}

/** What a store keeps of a span beside what lists and sums read. */
export type SpanPayload = Partial<
  Pick<
    Span,
    'detail' | 'error' | 'input' | 'output' | 'attributes' | 'events' | 'links' | 'resource' | 'scope' | 'repairs'
  >
>

/** The JSON text of each value of a span that is kept by itself, and of the others together; of what is absent none. */
export type SpanTexts = { [F in 'detail' | 'input' | 'output' | 'attributes' | 'rest']?: string }

/** A span as a store keeps it: what lists and sums read, each a value of its own, and the texts of everything else. */
export interface StoredSpan {
  traceId: string
  facts: SpanFacts
  rank: string
  texts: SpanTexts
}
