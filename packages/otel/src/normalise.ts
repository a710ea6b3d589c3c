import {
  compact,
  type Json,
  type JsonObject,
  type SpanDetails,
  type SpanError,
  type SpanEvent,
  type SpanInput,
  type SpanKind,
  type SpanLink,
  type Timestamp,
} from '@freehold/contract'
import { lookUp, type Told } from './conventions/lookup.js'
import { type Plan, planOf } from './conventions/plan.js'
import { count, payload, text } from './conventions/readers.js'
import { Room } from './conventions/room.js'
import { CONVENTIONS, failureIn, recognise } from './conventions/table.js'
import { type Counted, inclusive } from './conventions/tokens.js'
import { type Kept, withKept } from './kept.js'

/** A span as OpenTelemetry has it, whether it came from the SDK or over OTLP. */
export interface RawSpan {
  traceId: string
  spanId: string
  parentId?: string
  name: string
  startedAt: Timestamp
  endedAt?: Timestamp
  /** The status code is ERROR. */
  failed: boolean
  /** The status code is OK: somebody said that it did not fail. */
  succeeded?: boolean
  statusMessage?: string
  /** What no field holds. */
  kept?: Kept
  attributes: JsonObject
  events: readonly SpanEvent[]
  links: readonly SpanLink[]
  resource?: JsonObject
  scope?: JsonObject
}

/**
 * A span of OpenTelemetry as a span of ours, by the {@link CONVENTIONS}. What it does not know stays in the raw attributes,
 * and never costs the span.
 */
export function normalise(raw: RawSpan): SpanInput {
  const { kind, by } = recognise({ name: raw.name, attributes: raw.attributes, isRoot: raw.parentId === undefined })
  const plan = planOf(kind, by)
  const room = new Room([raw.attributes, raw.events, raw.links, raw.kept], [raw.resource, raw.scope])
  const told = { name: raw.name, attributes: raw.attributes, parsed: new Map(), events: raw.events, room }
  const failure = failureIn(raw.attributes)
  const failed = raw.failed || failure !== undefined
  const error = failed ? errorOf(raw, room, failure) : undefined
  const detail = detailOf(told, plan, kind, error)
  const copyOf = (field: string): Json | undefined => {
    const value = (detail as JsonObject | undefined)?.[field]
    return value !== undefined && room.take(value) ? value : undefined
  }
  return compact({
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentId: raw.parentId,
    name: raw.name,
    kind,
    status: failed ? 'error' : raw.endedAt === undefined ? 'running' : 'ok',
    startedAt: raw.startedAt,
    endedAt: raw.endedAt,
    ...readAll(told, plan.owners),
    error,
    input: lookUp(told, plan.input, payload) ?? copyOf('arguments') ?? copyOf('query'),
    output: lookUp(told, plan.output, payload) ?? copyOf('result'),
    detail,
    attributes: withKept(raw.attributes, keptWithStatus(raw, error)),
    events: raw.events.length === 0 ? undefined : raw.events,
    links: raw.links.length === 0 ? undefined : raw.links,
    resource: raw.resource,
    scope: raw.scope,
    reading: CONVENTIONS.reading,
  }) as SpanInput
}

/** What a status says beyond the status and the error of the span. */
function keptWithStatus({ kept = {}, succeeded, statusMessage }: RawSpan, error: SpanError | undefined): Kept {
  const description = statusMessage === error?.message ? undefined : statusMessage
  if (!succeeded && !description) return kept
  return {
    ...kept,
    ...(succeeded ? { 'otel.status_code': 'OK' } : {}),
    ...(description ? { 'otel.status_description': description } : {}),
  }
}

function readAll(told: Told, steps: Plan['detail']): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const { field, sources, read } of steps) fields[field] = lookUp(told, sources, read)
  return fields
}

function detailOf<K extends SpanKind>(told: Told, plan: Plan, kind: K, error?: SpanError): SpanDetails[K] | undefined {
  if (kind === 'other') return undefined
  const detail = readAll(told, plan.detail)
  if (kind === 'tool' && told.room.take(error)) detail.exception = error
  return compact(kind === 'llm' ? inclusive(detail, countedBy(told, plan)) : detail) as SpanDetails[K]
}

function countedBy(told: Told, { totalTokens, cachedApart }: Plan): Counted {
  return { total: lookUp(told, totalTokens, count), cachedApart }
}

/** The last `exception` event, else `error.type` and the status message (OpenTelemetry, *Recording errors*). */
function errorOf(raw: RawSpan, room: Room, messageIn = ''): SpanError | undefined {
  const exception = raw.events.findLast((event) => event.name === 'exception')?.attributes ?? {}
  const read = (value: Json | undefined): string | undefined => {
    const read = text(value ?? null)
    return room.take(read) ? read : undefined
  }
  const error = compact({
    type: read(exception['exception.type']) ?? read(raw.attributes['error.type']),
    message: read(exception['exception.message']) ?? read(raw.statusMessage) ?? read(raw.attributes[messageIn]),
    stack: read(exception['exception.stacktrace']),
  })
  return Object.keys(error).length === 0 ? undefined : error
}
