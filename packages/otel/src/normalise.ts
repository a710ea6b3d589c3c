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
import { payload, text } from './conventions/readers.js'
import { recognise } from './conventions/table.js'
import { inclusive } from './conventions/tokens.js'
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
  const { kind, by } = recognise(raw.attributes)
  const plan = planOf(kind, by)
  const error = raw.failed ? errorOf(raw) : undefined
  const detail = detailOf(raw, plan, kind, error)
  return compact({
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentId: raw.parentId,
    name: raw.name,
    kind,
    status: raw.failed ? 'error' : raw.endedAt === undefined ? 'running' : 'ok',
    startedAt: raw.startedAt,
    endedAt: raw.endedAt,
    ...readAll(raw, plan.owners),
    error,
    input: lookUp(raw, plan.input, payload) ?? detailAt(detail, 'arguments') ?? detailAt(detail, 'query'),
    output: lookUp(raw, plan.output, payload) ?? detailAt(detail, 'result'),
    detail,
    attributes: withKept(raw.attributes, keptWithStatus(raw, error)),
    events: raw.events.length === 0 ? undefined : raw.events,
    links: raw.links.length === 0 ? undefined : raw.links,
    resource: raw.resource,
    scope: raw.scope,
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

function detailOf<K extends SpanKind>(
  raw: RawSpan,
  plan: Plan,
  kind: K,
  error?: SpanError,
): SpanDetails[K] | undefined {
  if (kind === 'other') return undefined
  const detail = readAll(raw, plan.detail)
  if (kind === 'tool') detail.exception = error
  return compact(kind === 'llm' ? inclusive(detail) : detail) as SpanDetails[K]
}

function detailAt(detail: object | undefined, field: string): Json | undefined {
  return (detail as JsonObject | undefined)?.[field]
}

/** The last `exception` event, else `error.type` and the status message (OpenTelemetry, *Recording errors*). */
function errorOf(raw: RawSpan): SpanError | undefined {
  const exception = raw.events.findLast((event) => event.name === 'exception')?.attributes ?? {}
  const read = (value: Json | undefined): string | undefined => text(value ?? null)
  const error = compact({
    type: read(exception['exception.type']) ?? read(raw.attributes['error.type']),
    message: read(exception['exception.message']) ?? read(raw.statusMessage),
    stack: read(exception['exception.stacktrace']),
  })
  return Object.keys(error).length === 0 ? undefined : error
}
