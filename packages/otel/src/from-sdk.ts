import { compact, fromMicroseconds, type JsonObject, type SpanInput, type Timestamp } from '@freehold/contract'
import type { Door } from './door/door.js'
import { flagsOf, keptOf, withKept } from './kept.js'
import { normalise, type RawSpan } from './normalise.js'

/** Seconds and nanoseconds, as the OpenTelemetry JS SDK keeps time. */
type HrTime = readonly [seconds: number, nanoseconds: number]

interface SdkSpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags?: number
  readonly isRemote?: boolean
  readonly traceState?: { serialize(): string }
}

interface SdkEvent {
  readonly name: string
  readonly time: HrTime
  readonly attributes?: object
  readonly droppedAttributesCount?: number
}

interface SdkLink {
  readonly context: SdkSpanContext
  readonly attributes?: object
  readonly droppedAttributesCount?: number
}

interface SdkScope {
  readonly name: string
  readonly version?: string
  readonly schemaUrl?: string
}

export interface SdkResource {
  readonly attributes: object
  readonly schemaUrl?: string
  readonly asyncAttributesPending?: boolean
  waitForAsyncAttributes?(): Promise<void>
}

/** What is read of a `ReadableSpan`: the shape that versions 1.30 to 2.x of the OpenTelemetry JS SDK have in common. */
export interface SdkSpan {
  readonly name: string
  /** `SpanKind` of `@opentelemetry/api`; `INTERNAL` where it is left out. */
  readonly kind?: number
  spanContext(): SdkSpanContext
  /** SDK 2. */
  readonly parentSpanContext?: { readonly spanId: string; readonly isRemote?: boolean }
  /** SDK 1. */
  readonly parentSpanId?: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly ended: boolean
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: object
  readonly events: readonly SdkEvent[]
  readonly links: readonly SdkLink[]
  readonly droppedAttributesCount?: number
  readonly droppedEventsCount?: number
  readonly droppedLinksCount?: number
  readonly resource?: SdkResource
  /** SDK 2. */
  readonly instrumentationScope?: SdkScope
  /** SDK 1. */
  readonly instrumentationLibrary?: SdkScope
}

/** `SpanStatusCode` of `@opentelemetry/api`. */
const STATUS_OK = 1
export const STATUS_ERROR = 2

/**
 * A span of the OpenTelemetry JS SDK as a span of ours. One that has not ended is `running`. Nothing is dropped: see {@link Kept}.
 */
export function fromSdkSpan(span: SdkSpan): SpanInput {
  return readSdkSpan(span, (raw) => raw)
}

/** @param door what is done to it before anything is read of it */
export function readSdkSpan(span: SdkSpan, door: Door): SpanInput {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  // SDK 1 does not tell whether the parent is remote.
  const isRemote = span.parentSpanContext?.isRemote ?? (span.parentSpanId ? undefined : false)
  const scope = span.instrumentationScope ?? span.instrumentationLibrary
  const raw: RawSpan = {
    traceId,
    spanId,
    parentId: (span.parentSpanContext?.spanId ?? span.parentSpanId) || undefined,
    name: span.name,
    startedAt: fromHrTime(span.startTime),
    endedAt: span.ended ? fromHrTime(span.endTime) : undefined,
    failed: span.status.code === STATUS_ERROR,
    succeeded: span.status.code === STATUS_OK,
    statusMessage: span.status.message,
    kept: keptOf({
      kind: (span.kind ?? 0) + 1,
      traceState: traceState?.serialize(),
      flags: flagsOf(traceFlags, isRemote),
      droppedAttributes: span.droppedAttributesCount,
      droppedEvents: span.droppedEventsCount,
      droppedLinks: span.droppedLinksCount,
    }),
    attributes: span.attributes as JsonObject,
    events: span.events.map((event) =>
      compact({ name: event.name, at: fromHrTime(event.time), attributes: attributesOf(event) }),
    ),
    links: span.links.map((link) => {
      const { traceId, spanId, traceFlags, traceState, isRemote = false } = link.context
      const told = { traceState: traceState?.serialize(), flags: flagsOf(traceFlags, isRemote) }
      const attributes = attributesOf(link, told)
      return compact({ traceId, spanId, attributes })
    }),
    resource: span.resource && resourceOf(span.resource),
    scope: scope && scopeOf(scope),
  }
  return normalise(door(raw))
}

/** Made once of what is the same for many spans: it is measured, looked through and written once then as well. */
const resources = new WeakMap<object, JsonObject>()
const scopes = new WeakMap<SdkScope, JsonObject>()

function resourceOf({ attributes, schemaUrl }: SdkResource): JsonObject {
  const resource = resources.get(attributes) ?? compact({ attributes: attributes as JsonObject, schemaUrl })
  resources.set(attributes, resource)
  return resource
}

function scopeOf(scope: SdkScope): JsonObject {
  const { name, version, schemaUrl } = scope
  const read = scopes.get(scope) ?? compact({ name, version, schemaUrl })
  scopes.set(scope, read)
  return read
}

function attributesOf(
  { attributes, droppedAttributesCount }: SdkEvent | SdkLink,
  told: { traceState?: string; flags?: number } = {},
): JsonObject | undefined {
  const all = withKept((attributes ?? {}) as JsonObject, keptOf({ ...told, droppedAttributes: droppedAttributesCount }))
  return attributes === undefined && Object.keys(all).length === 0 ? undefined : all
}

function fromHrTime([seconds, nanoseconds]: HrTime): Timestamp {
  return fromMicroseconds(seconds * 1_000_000 + Math.round(nanoseconds / 1000))
}
