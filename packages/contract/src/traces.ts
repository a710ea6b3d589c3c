import type { Labels } from './labels.js'
import type { Page, PageRequest } from './page.js'
import type { Owners, Span, SpanInput, SpanKind, SpanStatus } from './span.js'
import type { Timestamp } from './time.js'

/** What a list of spans shows: no payloads. */
export interface SpanSummary extends Owners {
  traceId: string
  spanId: string
  parentId?: string
  name: string
  kind: SpanKind
  status: SpanStatus
  startedAt: Timestamp
  endedAt?: Timestamp
  model?: string
  tool?: string
  labels?: Labels
  tokens: Tokens
  /** US dollars, to 1e-9. */
  cost: number
  /** First 200 characters of the text; of a chat, of its last message. */
  inputPreview?: string
  outputPreview?: string
}

/** Tokens as providers count them: `prompt` includes the cached, `completion` the reasoning ones. */
export interface Tokens {
  prompt: number
  completion: number
  cacheRead: number
  cacheWrite: number
  reasoning: number
}

/**
 * One row per trace: everything a list shows.
 *
 * - any order and any batching of the same spans gives the same summary
 * - the status is error when any span failed whatever came first
 * - the summary spans the earliest start and the latest end
 * - the owners are the first known in time and not the first that arrived
 * - tokens and cost are counted on llm spans only
 * - the root names the trace and a trace without one is named by its earliest span
 * - previews are cut to 200 characters
 * - the preview of a chat is that of its last message
 * - a preview does not depend on the order of keys
 * - a summary names the first 50 models and tools by name
 * - a trace shows of each label what the first span in time says
 */
export interface TraceSummary extends Owners {
  traceId: string
  /** Name and kind of the root: the earliest span without a parent, else the earliest span. */
  name: string
  kind: SpanKind
  rootSpanId: string
  /** `error` when any span failed, else `running` when any has not ended, else `ok`. */
  status: SpanStatus
  startedAt: Timestamp
  endedAt?: Timestamp
  spans: number
  errors: number
  running: number
  /** How many spans of each kind; a kind with none is absent. */
  kinds: Partial<Record<SpanKind, number>>
  tokens: Tokens
  /** US dollars, to 1e-9. */
  cost: number
  /** Distinct, sorted by UTF-16 code units, at most 50. */
  models: string[]
  tools: string[]
  inputPreview?: string
  outputPreview?: string
  /** Of its spans; the first 20 by name. */
  labels?: Labels
}

export interface Trace {
  summary: TraceSummary
  /** All spans, by start, then span id. */
  spans: Span[]
}

/** A trace as a screen draws it: no payloads. */
export interface TraceOutline {
  summary: TraceSummary
  /** All spans, by start, then span id. */
  spans: SpanSummary[]
}

/** Filters are combined with AND; an owner is compared with the summary's own. */
export interface TraceQuery extends Owners {
  status?: SpanStatus
  /** Traces with at least one span of this kind, model or tool. */
  kind?: SpanKind
  model?: string
  tool?: string
  /** Case-sensitive beginning of the trace's name; no character of it is a wildcard. */
  namePrefix?: string
  /** Started at or after. */
  from?: Timestamp
  /** Started before. */
  to?: Timestamp
  /** Milliseconds from the earliest start to the latest end; what has no end is never matched. */
  minDuration?: number
  /** Traces whose summary has all of these. */
  labels?: Labels
}

/** As {@link TraceQuery}, but for labels, which are not looked for in spans; each filter compared with the span itself. */
export interface SpanQuery extends Omit<TraceQuery, 'labels'> {
  traceId?: string
}

export interface ToolStats {
  tool: string
  calls: number
  errors: number
  lastCalledAt: Timestamp
}

export interface WriteResult {
  /** Spans that are new. */
  written: number
  /** Spans that were there and changed. */
  updated: number
  /** Records that told nothing new, or of a span that this batch tells of already. */
  duplicates: number
  /** Spans that could not be kept, by their place in the batch. `reason` names the field and the remedy. */
  rejected: { index: number; reason: string }[]
}

export interface TraceWriter {
  /**
   * Writes a batch of spans, up to 10,000. What spans of one trace repeat, such as the conversation so far, may be kept once. `written + updated + duplicates + rejected.length` is its length.
   *
   * A span is addressed by its trace and span id. Records of one span (its start, its end, either of them again) merge by
   * a rule that ignores their order: the earliest start and the latest end count; `error` beats `ok`, which beats
   * `running`; every other field, every field of `detail` and every label is taken from the greatest record that has it, where an end
   * is greater than a start, a failure than a success, a later end than an earlier one, and a later `reading` than an earlier.
   *
   * A large batch may be committed in slices. When it fails half-way, what was committed stays; write it again. What is
   * wrong with a span is told in `rejected`; `invalid` is thrown for what is no array, or too long a one.
   *
   * - the promise of a write resolves only after the batch is durable
   * - a re-sent batch changes nothing
   * - an ended span beats a running one and a late start never erases an end
   * - the end of a span keeps what another connection told of it while it ran
   * - of two records that are as far as each other the later reading counts, whichever comes first
   * - a later reading may say that a span is of no kind after all, and one without a kind takes nothing back
   * - records of one span merge to the same span in any order
   * - labels of a span merge by name and the greater record counts
   * - null in a record says nothing and never erases what another record told
   * - a span that is told more of leaves others what it shared with them
   * - a record that a batch brings twice counts as a duplicate and costs nothing else
   * - a batch of thousands of traces is counted and kept span by span
   * - an error of a span is never overwritten by a later ok
   * - a span that was given up and ends after all is what it ended as
   * - one bad span costs one span and is named in rejected
   * - a value that cannot be stored is repaired and the span says so
   * - a label of a span that cannot be kept is left out and the span says so
   * - a record that would make its span larger than 12 MiB is rejected by its place and the span stays
   * - an end before its start is repaired
   * - a batch of spans from years apart is written whole
   * - an empty batch writes nothing and succeeds
   * - writers of one trace at the same time lose nothing
   * - processes that write one trace at the same time lose nothing
   * - a process killed while it writes leaves summaries that match their spans
   */
  write(spans: readonly SpanInput[]): Promise<WriteResult>
}

export interface TraceReader {
  /**
   * A whole trace; `null` when there is none.
   *
   * - a trace that does not exist is null
   * - a trace of 10,000 spans comes back whole and in order
   * - a span comes back as it was written
   * - what spans of one trace repeat comes back whole in each of them
   * - raw attributes, events, links, resource and scope come back as they came
   */
  get(traceId: string): Promise<Trace | null>
  /**
   * One span whole; `null` when there is none.
   *
   * - one span comes back whole and one that does not exist is null
   */
  span(traceId: string, spanId: string): Promise<Span | null>
  /**
   * A trace of any size without the payloads of its spans; `null` when there is none.
   *
   * - an outline has every span of a trace in order without payloads
   */
  outline(traceId: string): Promise<TraceOutline | null>
  /**
   * Summaries, newest start first, then by trace id downwards. No spans are read for it.
   *
   * - traces are listed newest first
   * - every filter of traces narrows the list and filters combine
   * - names are compared byte for byte
   * - traces are found by labels and all of them must match
   * - a trace whose label changes is found by the new value and not by the old
   */
  find(query?: TraceQuery, page?: PageRequest): Promise<Page<TraceSummary>>
  /**
   * Spans without their payloads, newest start first.
   *
   * - spans are listed newest first without their payloads
   * - every filter of spans narrows the list and filters combine
   * - spans are found by owners of their own, whichever their trace shows
   */
  spans(query?: SpanQuery, page?: PageRequest): Promise<Page<SpanSummary>>
  /**
   * Calls and failures of each tool over the spans of kind `tool` that match, by the bytes of the tool's name.
   *
   * - tool statistics count calls and errors of tool spans
   */
  toolStats(query?: SpanQuery): Promise<ToolStats[]>
}

export interface TraceRemover {
  /**
   * Removes a trace with all its spans and what they share. `false` when there is none. What is told of it afterwards begins it
   * anew.
   *
   * - removing a trace removes its spans and nothing of any other
   * - removing a trace that does not exist is false
   * - a trace that is written again after it was removed is found by no label that it had
   * - a trace that was removed can be written again as if it had never been there
   * - what is written to a trace while it is removed is there whole or not at all
   */
  remove(traceId: string): Promise<boolean>
}

/** Spans, and one summary row per trace. Ingest takes the writer, a console the reader, and what erases the remover. */
export interface TraceStore extends TraceWriter, TraceReader, TraceRemover {}
