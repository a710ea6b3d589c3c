import type { Json } from '@freehold/contract'
import { SPAN_ID, TRACE_ID } from './raw-span.js'

/** A value as OTLP/JSON has it. */
export function anyValue(value: Json): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { intValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item: Json) => anyValue(item)) } }
  return { kvlistValue: { values: keyValues(value as Record<string, Json>) } }
}

export function keyValues(fields: Record<string, Json>): object[] {
  return Object.entries(fields).map(([key, value]) => ({ key, value: anyValue(value) }))
}

/** A log record of the span, so many microseconds after it began. */
export function logRecord(eventName: string, after: number, body?: Json, attributes: Record<string, Json> = {}) {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    eventName,
    observedTimeUnixNano: String(1_764_859_882_049_123_456n + BigInt(after) * 1_000n),
    severityNumber: 9,
    attributes: keyValues(attributes),
    ...(body === undefined ? {} : { body: anyValue(body) }),
  }
}

/** `ExportLogsServiceRequest` in OTLP/JSON. */
export function logs(...logRecords: object[]) {
  const resource = { attributes: keyValues({ 'service.name': 'desk' }) }
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'opentelemetry' }, logRecords }] }] }
}
