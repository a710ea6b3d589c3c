import { compact, fromMicroseconds, type JsonObject, type SpanInput, type Timestamp } from '@freehold/contract'
import { normalise } from './normalise.js'

/** Seconds and nanoseconds, as the OpenTelemetry JS SDK keeps time. */
type HrTime = readonly [seconds: number, nanoseconds: number]

interface SdkSpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags?: number
}

interface SdkScope {
  readonly name: string
  readonly version?: string
  readonly schemaUrl?: string
}

interface SdkResource {
  readonly attributes: object
  readonly schemaUrl?: string
  readonly asyncAttributesPending?: boolean
  waitForAsyncAttributes?(): Promise<void>
}

/** What is read of a `ReadableSpan`: the shape that versions 1.30 to 2.x of the OpenTelemetry JS SDK have in common. */
export interface SdkSpan {
  readonly name: string
  spanContext(): SdkSpanContext
  /** SDK 2. */
  readonly parentSpanContext?: { readonly spanId: string }
  /** SDK 1. */
  readonly parentSpanId?: string
  readonly startTime: HrTime
  readonly endTime: HrTime
  readonly ended: boolean
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: object
  readonly events: readonly { readonly name: string; readonly time: HrTime; readonly attributes?: object }[]
  readonly links: readonly { readonly context: SdkSpanContext; readonly attributes?: object }[]
  readonly resource: SdkResource
  /** SDK 2. */
  readonly instrumentationScope?: SdkScope
  /** SDK 1. */
  readonly instrumentationLibrary?: SdkScope
}

/** `SpanStatusCode.ERROR` of `@opentelemetry/api`. */
const STATUS_ERROR = 2

/** A span of the OpenTelemetry JS SDK as a span of ours. One that has not ended is `running`. */
export function fromSdkSpan(span: SdkSpan): SpanInput {
  const { traceId, spanId } = span.spanContext()
  const scope = span.instrumentationScope ?? span.instrumentationLibrary
  return normalise({
    traceId,
    spanId,
    parentId: (span.parentSpanContext?.spanId ?? span.parentSpanId) || undefined,
    name: span.name,
    startedAt: fromHrTime(span.startTime),
    endedAt: span.ended ? fromHrTime(span.endTime) : undefined,
    failed: span.status.code === STATUS_ERROR,
    statusMessage: span.status.message,
    attributes: span.attributes as JsonObject,
    events: span.events.map((event) =>
      compact({ name: event.name, at: fromHrTime(event.time), attributes: event.attributes as JsonObject | undefined }),
    ),
    links: span.links.map((link) =>
      compact({
        traceId: link.context.traceId,
        spanId: link.context.spanId,
        attributes: link.attributes as JsonObject | undefined,
      }),
    ),
    resource: compact({ attributes: span.resource.attributes as JsonObject, schemaUrl: span.resource.schemaUrl }),
    scope: scope && compact({ name: scope.name, version: scope.version, schemaUrl: scope.schemaUrl }),
  })
}

function fromHrTime([seconds, nanoseconds]: HrTime): Timestamp {
  return fromMicroseconds(seconds * 1_000_000 + Math.round(nanoseconds / 1000))
}
