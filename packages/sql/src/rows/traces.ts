import {
  cutText,
  dayOf,
  type FieldTypes,
  OWNER_FIELDS,
  SPAN_TEXTS,
  type SpanFacts,
  type SpanTexts,
  type StoredSpan,
  type SummaryState,
  type Tokens,
  type TraceSummary,
  toMicroseconds,
} from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'
import { Codec, columnOf } from './codec.js'

/** Token counts, one column each. */
interface TokenColumns {
  promptTokens: number
  completionTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  reasoningTokens: number
  costNanos: number
}

const TOKENS: FieldTypes<TokenColumns> = {
  promptTokens: 'integer',
  completionTokens: 'integer',
  cacheReadTokens: 'integer',
  cacheWriteTokens: 'integer',
  reasoningTokens: 'integer',
  costNanos: 'integer',
}

/** What a list or a summary reads of a span, but for what is counted. */
type PlainFacts = Omit<SpanFacts, 'tokens' | 'costNanos'>

/** What stands in columns of its own besides. */
type CountedFacts = TokenColumns & { traceId: string; durationUs?: number }

const plainFacts = new Codec<PlainFacts>(
  {
    spanId: 'plain',
    parentId: 'plain',
    name: 'plain',
    kind: 'plain',
    status: 'plain',
    startedAt: 'time',
    endedAt: 'time',
    ...OWNER_FIELDS,
    model: 'plain',
    tool: 'plain',
    inputPreview: 'plain',
    outputPreview: 'plain',
    labels: 'json',
  },
  ['labels'],
)
const countedFacts = new Codec<CountedFacts>({ traceId: 'plain', durationUs: 'integer', ...TOKENS })

/** The column of {@link nameStart}. */
export const NAME_START = 'name_start'

/** As much of a name as an index holds on every engine; one less where that would cut a character in half. */
export const NAME_START_LENGTH = 99
export function nameStart(name: string): string {
  return cutText(name, NAME_START_LENGTH + 1)
}

/** The columns that lists and sums read: no payloads. */
export const FACT_COLUMNS = [...countedFacts.columns, ...plainFacts.columns]
/** Of the spans of a trace, its summary shows these of the root alone. */
export const PREVIEWS = ['input_preview', 'output_preview']
/** What a span that is read whole is made of, and a summary of such. */
export const WHOLE_COLUMNS = [
  'trace_day',
  'trace_id',
  ...plainFacts.columns,
  ...Object.keys(TOKENS).map(columnOf),
  ...SPAN_TEXTS,
]
export const SPAN_COLUMNS = ['batch', ...FACT_COLUMNS, 'rank', ...SPAN_TEXTS]
/** The columns of {@link spanValues}. `batch` tells which write put the row there: see {@link traceRow}. */
export const SPAN_ROW = ['tenant', 'trace_day', NAME_START, ...SPAN_COLUMNS]

/** A row as the values of its columns, with its texts as they are stored: most of what is written is spans, and objects of so many columns are slow. */
export function spanValues(
  dialect: Dialect,
  tenant: string,
  day: string,
  batch: string,
  { traceId, facts, rank }: StoredSpan,
  texts: SpanTexts,
): unknown[] {
  const values: unknown[] = [tenant, day, nameStart(facts.name), batch]
  const counted = tokenColumns(facts.tokens, facts.costNanos)
  countedFacts.addValues(dialect, { traceId, durationUs: durationOf(facts), ...counted }, values)
  plainFacts.addValues(dialect, facts, values)
  values.push(rank)
  for (const field of SPAN_TEXTS) values.push(texts[field] ?? null)
  return values
}

export function spanTexts(row: Row): SpanTexts {
  const texts: SpanTexts = {}
  for (const field of SPAN_TEXTS) if (row[field] !== null) texts[field] = row[field] as string
  return texts
}

/** @param texts those of the row, whole */
export function storedOf(dialect: Dialect, row: Row, texts: SpanTexts): StoredSpan {
  return { traceId: row.trace_id as string, facts: factsOf(dialect, row), rank: row.rank as string, texts }
}

/** With the trace that they are of. */
export function spanFacts(dialect: Dialect, row: Row): SpanFacts & { traceId: string } {
  const facts = factsOf(dialect, row) as SpanFacts & { traceId: string }
  facts.traceId = row.trace_id as string
  return facts
}

export function factsOf(dialect: Dialect, row: Row): SpanFacts {
  const facts = plainFacts.fromRow(dialect, row) as SpanFacts
  facts.tokens = tokensOf(dialect, row)
  facts.costNanos = dialect.fromInteger(row.cost_nanos)
  return facts
}

type PlainSummary = Omit<TraceSummary, 'tokens' | 'cost'>

const SUMMARY: FieldTypes<PlainSummary> = {
  traceId: 'plain',
  name: 'plain',
  kind: 'plain',
  rootSpanId: 'plain',
  status: 'plain',
  startedAt: 'time',
  endedAt: 'time',
  ...OWNER_FIELDS,
  spans: 'integer',
  errors: 'integer',
  running: 'integer',
  kinds: 'json',
  models: 'json',
  tools: 'json',
  inputPreview: 'plain',
  outputPreview: 'plain',
  labels: 'json',
}
const plainSummaries = new Codec<PlainSummary>(SUMMARY, ['kinds', 'models', 'tools', 'labels'])
/** What a summary is joined with others by, which no list shows. */
const joints = new Codec<{
  root: SummaryState['root']
  places: SummaryState['owners']
  labelPlaces?: SummaryState['labels']
}>({ root: 'json', places: 'json', labelPlaces: 'json' })
const counts = new Codec<TokenColumns & { durationUs?: number }>({ durationUs: 'integer', ...TOKENS })

/** What a list shows of a trace. */
export const TRACE_COLUMNS = [...plainSummaries.columns, ...Object.keys(TOKENS).map(columnOf)]

/** `batch` tells which write made the row what it is: a row with the writer's own batch was not there before. */
export function traceRow(dialect: Dialect, tenant: string, day: string, batch: string, state: SummaryState): Row {
  const { summary, costNanos, root, owners, labels } = state
  return {
    tenant,
    trace_day: day,
    batch,
    [NAME_START]: nameStart(summary.name),
    ...plainSummaries.toRow(dialect, summary),
    ...counts.toRow(dialect, { durationUs: durationOf(summary), ...tokenColumns(summary.tokens, costNanos) }),
    ...joints.toRow(dialect, { root, places: owners, labelPlaces: labels }),
  }
}

export function summaryState(dialect: Dialect, row: Row): SummaryState {
  const { root, places: owners, labelPlaces: labels } = joints.fromRow(dialect, row)
  const state = { summary: traceSummary(dialect, row), costNanos: dialect.fromInteger(row.cost_nanos), root, owners }
  return labels === undefined ? state : { ...state, labels }
}

export function traceSummary(dialect: Dialect, row: Row): TraceSummary {
  const summary = plainSummaries.fromRow(dialect, row) as TraceSummary
  summary.tokens = tokensOf(dialect, row)
  summary.cost = dialect.fromInteger(row.cost_nanos) / 1e9
  return summary
}

/** The day a trace belongs to: that of its earliest known span when it is first seen. */
export function dayOfTrace(state: SummaryState): string {
  return dayOf(state.summary.startedAt)
}

function durationOf(span: { startedAt: number; endedAt?: number }): number | undefined {
  return span.endedAt === undefined ? undefined : toMicroseconds(span.endedAt) - toMicroseconds(span.startedAt)
}

function tokenColumns(tokens: Tokens, costNanos: number): TokenColumns {
  return {
    promptTokens: tokens.prompt,
    completionTokens: tokens.completion,
    cacheReadTokens: tokens.cacheRead,
    cacheWriteTokens: tokens.cacheWrite,
    reasoningTokens: tokens.reasoning,
    costNanos,
  }
}

function tokensOf(dialect: Dialect, row: Row): Tokens {
  return {
    prompt: dialect.fromInteger(row.prompt_tokens),
    completion: dialect.fromInteger(row.completion_tokens),
    cacheRead: dialect.fromInteger(row.cache_read_tokens),
    cacheWrite: dialect.fromInteger(row.cache_write_tokens),
    reasoning: dialect.fromInteger(row.reasoning_tokens),
  }
}
