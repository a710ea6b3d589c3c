import type { Labels } from '../labels.js'
import type { Owners, Span, SpanKind } from '../span.js'
import type { Timestamp } from '../time.js'
import type { Tokens, TraceSummary } from '../traces.js'
import type { Place } from './places.js'

/** What a summary needs of a span: no payloads. */
export interface SpanFacts extends Owners {
  spanId: string
  parentId?: string
  name: string
  kind: SpanKind
  status: Span['status']
  startedAt: Timestamp
  endedAt?: Timestamp
  model?: string
  tool?: string
  labels?: Labels
  tokens: Tokens
  /** US dollars times 1e9: whole numbers, whose sum does not depend on their order. */
  costNanos: number
  inputPreview?: string
  outputPreview?: string
}

/** A summary, and what is needed to join it with another of the same trace over other spans. */
export interface SummaryState {
  summary: TraceSummary
  costNanos: number
  /** Where the root was found: whether it has a parent, its start, its span id. */
  root: readonly [0 | 1, Timestamp, string]
  /** Where each owner was found. */
  owners: Partial<Record<keyof Owners, Place>>
  /** Where each label was found; absent where none was. */
  labels?: Readonly<Record<string, Place>>
}
