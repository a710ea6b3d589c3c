import type { Json, JsonObject, Repair } from './json.js'
import type { Labels } from './labels.js'
import type { Timestamp } from './time.js'

export const SPAN_KINDS = ['run', 'llm', 'tool', 'hook', 'retrieval', 'delegation', 'other'] as const
export type SpanKind = (typeof SPAN_KINDS)[number]

export const SPAN_STATUSES = ['running', 'ok', 'error'] as const
export type SpanStatus = (typeof SPAN_STATUSES)[number]

/** Who a span, a run or an approval belongs to. */
export interface Owners {
  runId?: string
  sessionId?: string
  userId?: string
  agentId?: string
  teamId?: string
  workflowId?: string
}

export interface SpanError {
  type?: string
  /** At most 10,000 characters. */
  message?: string
  /** At most 100,000 characters. */
  stack?: string
}

/**
 * `type` of the error of a span that nobody heard of for so long that it was given up. One that ends after all is what it ended
 * as: that it was given up says more than that it runs, and less than any end.
 */
export const ABANDONED = 'abandoned'

/** The run itself. */
export interface RunDetail {
  provider?: string
  model?: string
  /** Name of the agent, team or workflow. */
  name?: string
}

/** One call of a language or embedding model. Counts are non-negative integers. */
export interface LlmDetail {
  provider?: string
  model?: string
  temperature?: number
  /** All input tokens, cached ones included. */
  promptTokens?: number
  /** All output tokens, reasoning included. */
  completionTokens?: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  reasoningTokens?: number
  /** US dollars; kept to 1e-9. */
  cost?: number
  toolCalls?: Json
  finishReason?: string
  /** Milliseconds from the start of the span. */
  timeToFirstToken?: number
}

export interface ToolDetail {
  tool?: string
  callId?: string
  arguments?: Json
  result?: Json
  exception?: Json
}

export interface HookDetail {
  hook?: string
  phase?: 'pre' | 'post'
  outcome?: 'pass' | 'modify' | 'block'
  /** What the hook put in place of the input or output. */
  modified?: Json
}

export interface RetrievalDetail {
  query?: Json
  vectorStore?: string
  k?: number
  /** The documents returned, best first, with their scores. */
  documents?: readonly RetrievedDocument[]
}

export interface RetrievedDocument {
  id?: string
  score?: number
  content?: Json
  metadata?: Json
}

export interface DelegationDetail {
  /** Name of the agent that the work was handed to. */
  member?: string
  /** How: `route`, `coordinate`, `collaborate` or a word of your own. */
  mode?: string
  /** The sub-run's trace, when it has one of its own. */
  traceId?: string
}

export interface SpanDetails {
  run: RunDetail
  llm: LlmDetail
  tool: ToolDetail
  hook: HookDetail
  retrieval: RetrievalDetail
  delegation: DelegationDetail
  other: JsonObject
}

export interface SpanEvent {
  name: string
  at: Timestamp
  attributes?: JsonObject
}

export interface SpanLink {
  traceId: string
  spanId: string
  attributes?: JsonObject
}

/**
 * A span has at most 4 MiB of JSON; one that has more is rejected. A single text within it is cut at 262,144,
 * and names at their own lengths, which `repairs` tells. Ids have at most 128 bytes.
 */
interface SpanFields extends Owners {
  /** 32 lower-case hex digits, not all zero (W3C Trace Context). */
  traceId: string
  /** 16 lower-case hex digits, not all zero (W3C Trace Context). */
  spanId: string
  /** Absent on the root. A parent that is remote, late or lost is fine. */
  parentId?: string
  /** At most 1,000 characters. */
  name: string
  startedAt: Timestamp
  /** Absent while the span is running. */
  endedAt?: Timestamp
  labels?: Labels
  error?: SpanError
  input?: Json
  output?: Json
  /** Attributes, events, links, resource and scope are kept exactly as they came. */
  attributes?: JsonObject
  events?: readonly SpanEvent[]
  links?: readonly SpanLink[]
  resource?: JsonObject
  scope?: JsonObject
  /** What was changed so that the span could be stored. */
  repairs?: readonly Repair[]
}

/** A span as it is read. Its `detail` depends on its `kind`. */
export type Span = {
  [K in SpanKind]: SpanFields & { kind: K; status: SpanStatus; detail?: SpanDetails[K] }
}[SpanKind]

/** What a span says as it is written, beside what is read of it. */
interface SpanTold extends SpanFields {
  status?: SpanStatus
  /**
   * How often what tells this span was read: from 0, which it is unless told, to {@link MAX_READING}. Of two records that are as
   * far as each other (the same status and end) the later reading counts, field by field, so that raw attributes can be read anew;
   * owners and the start are joined as ever. From 1 on the kind is among what it tells, also where that is `other`; a record
   * without a kind has none.
   */
  reading?: number
}

export const MAX_READING = 9_999

/** A span as it is written: `kind` is `other` unless told, `status` follows from `endedAt` unless told. */
export type SpanInput =
  | { [K in SpanKind]: SpanTold & { kind: K; detail?: SpanDetails[K] } }[SpanKind]
  | (SpanTold & { kind?: undefined; detail?: SpanDetails['other'] })
