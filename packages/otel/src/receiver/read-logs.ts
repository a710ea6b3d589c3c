import type { SpanEvent } from '@freehold/contract'
import { MESSAGE_EVENTS } from '../conventions/message-events.js'
import { Found } from '../otlp-found.js'
import { attributesOf } from '../otlp-span.js'
import { timeIn } from '../otlp-time.js'
import { fromAnyValue, fromId, fromKeyValues, isRecord, nameUnknown } from '../otlp-values.js'
import { listIn, recordsIn } from '../read-document.js'
import type { FoundLogs } from './found-logs.js'

type Fields = Record<string, unknown>

const LOG_RECORD = new Set([
  ...['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body', 'attributes'],
  ...['droppedAttributesCount', 'flags', 'traceId', 'spanId', 'eventName'],
])

/** Finds the events of spans in an `ExportLogsServiceRequest`; of other log records it is known how many there are. */
export function readLogs(document: Fields, found: FoundLogs): void {
  for (const { path, record: resourceLogs } of recordsIn(document, 'resourceLogs', '', found))
    for (const { path: within, record: scopeLogs } of recordsIn(resourceLogs, 'scopeLogs', `${path}.`, found))
      for (const [index, record] of listIn(scopeLogs, 'logRecords', `${within}.`, found).entries())
        readRecord(record, `${within}.logRecords[${index}]`, found)
}

function readRecord(record: unknown, path: string, found: FoundLogs): void {
  const name = isRecord(record) ? nameOf(record) : undefined
  const traceId = isRecord(record) ? fromId(record.traceId, 16) : undefined
  const spanId = isRecord(record) ? fromId(record.spanId, 8) : undefined
  if (!isRecord(record) || name === undefined || traceId === undefined || spanId === undefined) {
    found.passedOver += 1
    return
  }
  const event = found.at(path, () => eventOf(record, name, found))
  if (event === undefined) found.refuse(path, 'timeUnixNano must be nanoseconds since 1970')
  else found.events.push({ traceId, spanId, event, path })
}

/** Of an event that may tell messages; it was an attribute before it was a field. */
function nameOf({ eventName, attributes }: Fields): string | undefined {
  const isTold = typeof eventName === 'string' && eventName !== ''
  const name = isTold ? eventName : fromKeyValues(attributes, new Found())['event.name']
  return typeof name === 'string' && MESSAGE_EVENTS.has(name) ? name : undefined
}

/** As one of the span's own would be, whose body is an attribute of that name. */
function eventOf(record: Fields, name: string, found: FoundLogs): SpanEvent | undefined {
  const at =
    timeIn(record, 'timeUnixNano', found, 'read as when it was observed') ??
    timeIn(record, 'observedTimeUnixNano', found, 'passed over')
  if (at === undefined) return undefined
  nameUnknown(record, LOG_RECORD, found)
  const attributes = attributesOf(record, found)
  const body = found.at('.body', () => fromAnyValue(record.body, found))
  return { name, at, attributes: body === null ? attributes : { ...attributes, body } }
}
