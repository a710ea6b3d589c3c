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
import { Codec } from './codec.js'

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

const plainFacts = new Codec<PlainFacts>({
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
})
const countedFacts = new Codec<CountedFacts>({ traceId: 'plain', durationUs: 'integer', ...TOKENS })

/** The columns that lists and sums read: no payloads. */
export const FACT_COLUMNS = [...countedFacts.columns, ...plainFacts.columns]
export const SPAN_COLUMNS = ['batch', ...FACT_COLUMNS, 'rank', ...SPAN_TEXTS]
/** The columns of {@link spanValues}. `batch` tells which write put the row there: see {@link traceRow}. */
export const SPAN_ROW = ['tenant', 'trace_day', ...SPAN_COLUMNS]

/** A row as the values of its columns, with its texts as they are stored: most of what is written is spans, and objects of so many columns are slow. */
export function spanValues(
  dialect: Dialect,
  tenant: string,
  day: string,
  batch: string,
  { traceId, facts, rank }: StoredSpan,
  texts: SpanTexts,
): unknown[] {
  const values: unknown[] = [tenant, day, batch]
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
  const { traceId, ...facts } = spanFacts(dialect, row)
  return { traceId, facts, rank: row.rank as string, texts }
}

export function spanFacts(dialect: Dialect, row: Row): SpanFacts & { traceId: string } {
  const counted = countedFacts.fromRow(dialect, row)
  const { traceId, costNanos } = counted
  return { traceId, ...plainFacts.fromRow(dialect, row), tokens: tokensOf(counted), costNanos }
}

type TraceColumns = Omit<TraceSummary, 'tokens' | 'cost'> &
  TokenColumns & { durationUs?: number; root: SummaryState['root']; places: SummaryState['owners'] }

const traces = new Codec<TraceColumns>({
  traceId: 'plain',
  name: 'plain',
  kind: 'plain',
  rootSpanId: 'plain',
  status: 'plain',
  startedAt: 'time',
  endedAt: 'time',
  durationUs: 'integer',
  ...OWNER_FIELDS,
  spans: 'integer',
  errors: 'integer',
  running: 'integer',
  kinds: 'json',
  ...TOKENS,
  models: 'json',
  tools: 'json',
  inputPreview: 'plain',
  outputPreview: 'plain',
  root: 'json',
  places: 'json',
})

export const TRACE_COLUMNS = traces.columns

/** The column of {@link nameStart}. */
export const NAME_START = 'name_start'

/** As much of a name as an index holds on every engine; one less where that would cut a character in half. */
export const NAME_START_LENGTH = 99
export function nameStart(name: string): string {
  return cutText(name, NAME_START_LENGTH + 1)
}

/** `batch` tells which write made the row what it is: a row with the writer's own batch was not there before. */
export function traceRow(dialect: Dialect, tenant: string, day: string, batch: string, state: SummaryState): Row {
  const { tokens, cost: _, ...known } = state.summary
  return {
    tenant,
    trace_day: day,
    batch,
    [NAME_START]: nameStart(known.name),
    ...traces.toRow(dialect, {
      ...known,
      durationUs: durationOf(known),
      ...tokenColumns(tokens, state.costNanos),
      root: state.root,
      places: state.owners,
    }),
  }
}

export function summaryState(dialect: Dialect, row: Row): SummaryState {
  const { root, places, durationUs: _, ...known } = traces.fromRow(dialect, row)
  const summary = { ...dropTokenColumns(known), tokens: tokensOf(known), cost: known.costNanos / 1e9 } as TraceSummary
  return { summary, costNanos: known.costNanos, root, owners: places }
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

function tokensOf(row: TokenColumns): Tokens {
  return {
    prompt: row.promptTokens,
    completion: row.completionTokens,
    cacheRead: row.cacheReadTokens,
    cacheWrite: row.cacheWriteTokens,
    reasoning: row.reasoningTokens,
  }
}

function dropTokenColumns<T extends TokenColumns>(row: T): Omit<T, keyof TokenColumns> {
  const rest: Partial<T> = { ...row }
  for (const column of Object.keys(TOKENS) as (keyof TokenColumns)[]) delete rest[column]
  return rest as Omit<T, keyof TokenColumns>
}
