import {
  compact,
  dayOf,
  factsOf,
  type Owners,
  type Span,
  type SpanFacts,
  type SpanRecord,
  type SpanSources,
  type SpanSummary,
  type SummaryState,
  type Tokens,
  type TraceSummary,
  toMicroseconds,
} from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'
import { Codec, type FieldType } from './codec.js'

const OWNERS: { [F in keyof Required<Owners>]: FieldType } = {
  runId: 'plain',
  sessionId: 'plain',
  userId: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
}

/** Token counts, one column each. */
interface TokenColumns {
  promptTokens: number
  completionTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  reasoningTokens: number
  costNanos: number
}

const TOKENS: { [F in keyof TokenColumns]: FieldType } = {
  promptTokens: 'integer',
  completionTokens: 'integer',
  cacheReadTokens: 'integer',
  cacheWriteTokens: 'integer',
  reasoningTokens: 'integer',
  costNanos: 'integer',
}

/** What a list or a summary reads of a span. */
type SpanFactColumns = Omit<SpanFacts, 'tokens' | 'costNanos'> & TokenColumns & { traceId: string; durationUs?: number }

const FACTS: { [F in keyof Required<SpanFactColumns>]: FieldType } = {
  traceId: 'plain',
  spanId: 'plain',
  parentId: 'plain',
  name: 'plain',
  kind: 'plain',
  status: 'plain',
  startedAt: 'time',
  endedAt: 'time',
  durationUs: 'integer',
  ...OWNERS,
  model: 'plain',
  tool: 'plain',
  ...TOKENS,
  inputPreview: 'plain',
  outputPreview: 'plain',
}

type Payload = Pick<
  Span,
  'error' | 'input' | 'output' | 'attributes' | 'events' | 'links' | 'resource' | 'scope' | 'repairs'
> & { detail?: Span['detail']; rank: string; sources?: SpanSources }

const PAYLOAD: { [F in keyof Required<Payload>]: FieldType } = {
  rank: 'plain',
  detail: 'json',
  error: 'json',
  input: 'json',
  output: 'json',
  attributes: 'json',
  events: 'json',
  links: 'json',
  resource: 'json',
  scope: 'json',
  repairs: 'json',
  sources: 'json',
}

const facts = new Codec<SpanFactColumns>(FACTS)
const payload = new Codec<Payload>(PAYLOAD)

/** The columns that lists and sums read: no payloads. */
export const FACT_COLUMNS = facts.columns
export const SPAN_COLUMNS = ['batch', ...facts.columns, ...payload.columns]

/** `batch` tells which write put the row there: see {@link traceRow}. */
export function spanRow(dialect: Dialect, tenant: string, day: string, batch: string, record: SpanRecord): Row {
  const { span, rank, sources } = record
  const { tokens, ...known } = factsOf(span)
  return {
    tenant,
    trace_day: day,
    batch,
    ...facts.toRow(dialect, {
      ...known,
      traceId: span.traceId,
      durationUs: durationOf(span),
      ...tokenColumns(tokens, known.costNanos),
    }),
    ...payload.toRow(dialect, { ...span, rank, sources } as Payload),
  }
}

export function spanRecord(dialect: Dialect, row: Row): SpanRecord {
  const {
    durationUs: _,
    model: __,
    tool: ___,
    inputPreview: ____,
    outputPreview: _____,
    ...known
  } = facts.fromRow(dialect, row)
  const { rank, sources, ...rest } = payload.fromRow(dialect, row)
  const span = { ...known, ...rest } as Record<string, unknown>
  for (const column of Object.keys(TOKENS)) delete span[column]
  return compact({ span: span as unknown as Span, rank, sources })
}

export function spanFacts(dialect: Dialect, row: Row): SpanFacts & { traceId: string } {
  const { durationUs: _, ...known } = facts.fromRow(dialect, row)
  return { ...dropTokenColumns(known), tokens: tokensOf(known), costNanos: known.costNanos }
}

export function spanSummary(dialect: Dialect, row: Row): SpanSummary {
  const { costNanos, ...known } = spanFacts(dialect, row)
  return { ...known, cost: costNanos / 1e9 }
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
  ...OWNERS,
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

/** `batch` tells which write made the row what it is: a row with the writer's own batch was not there before. */
export function traceRow(dialect: Dialect, tenant: string, day: string, batch: string, state: SummaryState): Row {
  const { tokens, cost: _, ...known } = state.summary
  return {
    tenant,
    trace_day: day,
    batch,
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
