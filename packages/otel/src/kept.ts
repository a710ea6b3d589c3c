import type { JsonObject } from '@freehold/contract'

/**
 * What OpenTelemetry says of a span, an event or a link that no field of ours holds. It is kept among the attributes, under
 * these names, unless the source has an attribute of that name. What is usual is left out: no entry means the kind
 * `internal`, no trace state, the flag *sampled* alone (and no remote parent, where that is said), nothing dropped, a status that is not set.
 */
export interface Kept {
  /** `server`, `client`, `producer` or `consumer`. */
  'otel.span.kind'?: string
  /** As W3C Trace Context writes it. */
  'otel.trace_state'?: string
  /** The number that OTLP has: W3C flags, and whether the parent is remote. */
  'otel.flags'?: number
  'otel.dropped_attributes_count'?: number
  'otel.dropped_events_count'?: number
  'otel.dropped_links_count'?: number
  /** `OK`, where somebody said so. */
  'otel.status_code'?: string
  /** The description of a status, where it is not the message of the span's error. */
  'otel.status_description'?: string
}

/** `SpanKind` of OTLP, less one that of `@opentelemetry/api`. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

/** The bits of `SpanFlags` in OTLP that say whether the parent, or the span of a link, is remote: whether they do, and that it is. */
const [SAYS_REMOTE, REMOTE] = [0x100, 0x200]

/** `TraceFlags.SAMPLED` alone, and the same where it is said that nothing is remote. */
const USUAL_FLAGS = [1, 1 | SAYS_REMOTE]

/** W3C flags as OTLP has them. `isRemote` is of the parent, or of the span of a link; nothing where it is not known. */
export function flagsOf(traceFlags: number | undefined, isRemote: boolean | undefined): number | undefined {
  if (traceFlags === undefined || isRemote === undefined) return traceFlags
  return traceFlags | SAYS_REMOTE | (isRemote ? REMOTE : 0)
}

/** The parts of {@link Kept} that come as they are: text that is not empty, numbers above zero. */
export function keptOf(told: {
  /** As OTLP numbers it. */
  kind?: number
  traceState?: string
  flags?: number
  droppedAttributes?: number
  droppedEvents?: number
  droppedLinks?: number
}): Kept {
  const kept: Kept = {}
  if (told.kind !== undefined && told.kind > 1) kept['otel.span.kind'] = SPAN_KINDS[told.kind]
  if (told.traceState) kept['otel.trace_state'] = told.traceState
  if (told.flags && !USUAL_FLAGS.includes(told.flags)) kept['otel.flags'] = told.flags
  if (told.droppedAttributes) kept['otel.dropped_attributes_count'] = told.droppedAttributes
  if (told.droppedEvents) kept['otel.dropped_events_count'] = told.droppedEvents
  if (told.droppedLinks) kept['otel.dropped_links_count'] = told.droppedLinks
  return kept
}

/** The attributes with what is kept beside them. They are copied only when there is something. */
export function withKept(attributes: JsonObject, kept: Kept): JsonObject {
  const missing = Object.entries(kept).filter(([name]) => !Object.hasOwn(attributes, name))
  return missing.length === 0 ? attributes : { ...attributes, ...Object.fromEntries(missing) }
}
