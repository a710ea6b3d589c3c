import {
  dayOf,
  MAX_NAMES,
  OWNER_FIELDS,
  type Span,
  type SpanFacts,
  type SpanTexts,
  type StoredSpan,
  type SummaryState,
  type TraceSummary,
  toMicroseconds,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Key, Row } from '../database.js'
import { Codec, type Patch } from './codec.js'
import { LabelledCodec } from './labels.js'
import { keptNames } from './names.js'

/** What a list or a summary reads of a span. */
type SpanFactFields = SpanFacts & { traceId: string; durationUs?: number }

const facts = new Codec<SpanFactFields>(
  {
    traceId: 'plain',
    spanId: 'plain',
    parentId: 'plain',
    name: 'plain',
    kind: 'plain',
    status: 'plain',
    startedAt: 'time',
    endedAt: 'time',
    durationUs: 'integer',
    ...OWNER_FIELDS,
    model: 'plain',
    tool: 'plain',
    tokens: 'plain',
    costNanos: 'integer',
    inputPreview: 'plain',
    outputPreview: 'plain',
    labels: 'json',
  },
  ['traceId', 'spanId'],
)

/** JSON as text: nobody looks for a span by what is in it, and a document of it takes several times as long to write. */
const texts = new Codec<SpanTexts & { rank: string; size: number }>(
  {
    rank: 'plain',
    size: 'plain',
    detail: 'plain',
    input: 'plain',
    output: 'plain',
    attributes: 'plain',
    rest: 'plain',
  },
  [],
)

/** The fields that lists and sums read: no payloads. */
export const FACT_FIELDS = facts.projection

/** `batch` tells which write put the document there, `revision` how often it has been changed since. */
export function spanRow(tenant: string, batch: string, stored: StoredSpan, own = stored.texts): Row {
  const { _id: _, ...kept } = texts.toRow(tenant, { ...own, ...measured(stored) })
  return { ...facts.toRow(tenant, factFields(stored)), batch, revision: 0, ...kept }
}

/**
 * What of a document changes when another record made the span another one.
 * @param before as it is stored, but for its texts, which are whole
 * @param own the texts of the span after it, as they are stored
 */
export function spanPatch(
  batch: string,
  revision: number,
  before: StoredSpan,
  after: StoredSpan,
  own: SpanTexts,
): Patch {
  const [was, is] = [before, after].map((stored) => ({ ...factFields(stored), ...stored.texts, ...measured(stored) }))
  const fields = Object.keys({ ...was, ...is }) as (keyof typeof is)[]
  const changed = fields.filter((field) => !isSame(was![field], is![field]))
  const changes: object = Object.fromEntries(changed.map((field) => [field, { ...is!, ...own }[field]]))
  const [known, payloads] = [facts.toPatch(changes), texts.toPatch(changes)]
  const $unset = { ...known.$unset, ...payloads.$unset }
  return {
    $set: { ...known.$set, ...payloads.$set, batch, revision },
    ...(Object.keys($unset).length === 0 ? {} : { $unset }),
  }
}

/** `size` is that of all texts, whole, in UTF-16 units: whoever reads them knows before. */
function measured({ rank, texts }: StoredSpan): { rank: string; size: number } {
  return { rank, size: Object.values(texts).reduce((size, text) => size + text.length, 0) }
}

function factFields({ traceId, facts }: StoredSpan): SpanFactFields {
  return { ...facts, traceId, durationUs: durationOf(facts) as number }
}

export function spanTexts(row: Row): SpanTexts {
  const { rank: _, size: __, ...kept } = texts.fromRow(row)
  return kept
}

/** @param whole its texts, as they were before they were shared */
export function storedOf(row: Row, whole: SpanTexts): StoredSpan {
  const { traceId, ...known } = spanFacts(row)
  return { traceId, facts: known, rank: row.rank as string, texts: whole }
}

export function spanFacts(row: Row): SpanFacts & { traceId: string } {
  const { durationUs: _, ...known } = facts.fromRow(row)
  return known
}

type TraceFields = Omit<TraceSummary, 'cost'> & {
  durationUs?: number
  costNanos: number
  root: SummaryState['root']
  places: SummaryState['owners']
  labelPlaces?: SummaryState['labels']
}

const traces = new LabelledCodec<TraceFields>(
  {
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
    kinds: 'plain',
    tokens: 'plain',
    costNanos: 'integer',
    models: 'plain',
    tools: 'plain',
    inputPreview: 'plain',
    outputPreview: 'plain',
    labels: 'json',
    root: 'plain',
    places: 'plain',
    labelPlaces: 'json',
  },
  ['traceId'],
)

/**
 * Beside its summary a trace keeps the writes that are under way (`writing`), how often it was summed up (`revision`), and that it
 * is being removed (`removing`).
 */
export const TRACE_FIELDS = { ...traces.projection, writing: 1, revision: 1, removing: 1 } as const
/** And, for writers, those under way that must count anew (`anew`), and the one that began it or last summed it up (`batch`). */
export const TRACE_STATE_FIELDS = { ...TRACE_FIELDS, anew: 1, batch: 1 } as const

const spreads = new Codec<Pick<TraceSummary, 'startedAt' | 'endedAt' | 'running'>>({
  startedAt: 'time',
  endedAt: 'time',
  running: 'integer',
})

/** When the spans of a trace are known to have been, and how many run. */
export const SPREAD_FIELDS = spreads.projection
export const spreadOf = (row: Row) => spreads.fromRow(row)

/** A summary with every model and tool, of which it shows the first 50. */
export interface CountedTrace {
  state: SummaryState
  models: readonly string[]
  tools: readonly string[]
}

export function traceUpdate({ state, models, tools }: CountedTrace): Patch {
  const { cost: _, ...known } = state.summary
  return traces.toUpdate({
    ...known,
    durationUs: durationOf(known),
    costNanos: state.costNanos,
    models: keptNames(models),
    tools: keptNames(tools),
    root: state.root,
    places: state.owners,
    labelPlaces: state.labels,
  })
}

/** `undefined` for a trace that was announced, and of which nothing is counted yet. */
export function countedTrace(row: Row): CountedTrace | undefined {
  if (row.revision === 0) return undefined
  const { root, places: owners, labelPlaces: labels, durationUs: _, costNanos, ...known } = traces.fromRow(row)
  const { models, tools } = known
  const shown = { models: models.slice(0, MAX_NAMES), tools: tools.slice(0, MAX_NAMES) }
  const summary: TraceSummary = { ...known, ...shown, cost: costNanos / 1e9 }
  const state = { summary, costNanos, root, owners }
  return { state: labels === undefined ? state : { ...state, labels }, models, tools }
}

/** Where a trace stands in lists: when it started, in microseconds, and its id. */
export function placeOf(row: Row): readonly [number, string] {
  const { startedAt, traceId } = traces.fromRow(row)
  return [toMicroseconds(startedAt), traceId]
}

export function traceKey(tenant: string, traceId: string): Key {
  return { tenant, traceId }
}

export function spanKey(tenant: string, { traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): Key {
  return { tenant, traceId, spanId }
}

export function pieceKey(tenant: string, traceId: string, name: string): Key {
  return { tenant, traceId, name }
}

/** The pieces of a trace: a range of keys. No name is empty, and none begins with what is beyond `z`. */
export function piecesOfTrace(tenant: string, traceId: string): Document {
  return { _id: { $gt: pieceKey(tenant, traceId, ''), $lt: pieceKey(tenant, traceId, '{') } }
}

/** The spans of a trace: a range of keys. No span id is empty, and none begins with a letter beyond `f`. */
export function spansOfTrace(tenant: string, traceId: string): Document {
  return { _id: { $gt: spanKey(tenant, { traceId, spanId: '' }), $lt: spanKey(tenant, { traceId, spanId: 'g' }) } }
}

/** The day a trace belongs to: that of its earliest known span when it is first seen. */
export function dayOfTrace(facts: readonly SpanFacts[]): string {
  return dayOf(facts.reduce((least, { startedAt }) => Math.min(least, startedAt), Number.POSITIVE_INFINITY))
}

function durationOf(span: { startedAt: number; endedAt?: number }): number | undefined {
  return span.endedAt === undefined ? undefined : toMicroseconds(span.endedAt) - toMicroseconds(span.startedAt)
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
