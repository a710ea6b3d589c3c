import { anyValue, attributes } from './any-value.js'
import { delimited, type Field, fixed32, fixed64, type Message, varint, type Wire } from './wire.js'

/** A message under the names that OTLP/JSON has for its fields, which is read as that is. */
export type Fields = Record<string, unknown>

type Fielded = Message<Fields>

// The messages of `ExportTraceServiceRequest` and `ExportLogsServiceRequest` by the numbers of their fields (opentelemetry-proto
// 1.9: `trace.proto`, `logs.proto`, `common.proto`, `resource.proto`).

const ENTITY_REF: Fielded = { 1: text('schemaUrl'), 2: text('type'), 3: texts('idKeys'), 4: texts('descriptionKeys') }

const RESOURCE: Fielded = { 1: attributes, 2: count('droppedAttributesCount'), 3: list('entityRefs', ENTITY_REF) }

const SCOPE: Fielded = { 1: text('name'), 2: text('version'), 3: attributes, 4: count('droppedAttributesCount') }

const EVENT: Fielded = {
  1: time('timeUnixNano'),
  2: text('name'),
  3: attributes,
  4: count('droppedAttributesCount'),
}

const LINK: Fielded = {
  1: id('traceId', 16),
  2: id('spanId', 8),
  3: text('traceState'),
  4: attributes,
  5: count('droppedAttributesCount'),
  6: flags('flags'),
}

const STATUS: Fielded = { 2: text('message'), 3: count('code') }

const SPAN: Fielded = {
  1: id('traceId', 16),
  2: id('spanId', 8),
  3: text('traceState'),
  4: id('parentSpanId', 8),
  5: text('name'),
  6: count('kind'),
  7: time('startTimeUnixNano'),
  8: time('endTimeUnixNano'),
  9: attributes,
  10: count('droppedAttributesCount'),
  11: list('events', EVENT),
  12: count('droppedEventsCount'),
  13: list('links', LINK),
  14: count('droppedLinksCount'),
  15: message('status', STATUS),
  16: flags('flags'),
}

const SCOPE_SPANS: Fielded = { 1: message('scope', SCOPE), 2: list('spans', SPAN), 3: text('schemaUrl') }

const RESOURCE_SPANS: Fielded = {
  1: message('resource', RESOURCE),
  2: list('scopeSpans', SCOPE_SPANS),
  3: text('schemaUrl'),
  // Before OTLP 0.15, with the same fields.
  1000: list('instrumentationLibrarySpans', SCOPE_SPANS),
}

export const REQUEST: Fielded = { 1: list('resourceSpans', RESOURCE_SPANS, 'resourceSpans') }

const LOG_RECORD: Fielded = {
  1: time('timeUnixNano'),
  2: count('severityNumber'),
  3: text('severityText'),
  5: anyValue('body'),
  6: attributes,
  7: count('droppedAttributesCount'),
  8: flags('flags'),
  9: id('traceId', 16),
  10: id('spanId', 8),
  11: time('observedTimeUnixNano'),
  12: text('eventName'),
}

// Nothing is kept of whose they are: that is told by their spans.
const SCOPE_LOGS: Fielded = { 2: list('logRecords', LOG_RECORD) }

const RESOURCE_LOGS: Fielded = { 2: list('scopeLogs', SCOPE_LOGS) }

export const LOGS_REQUEST: Fielded = { 1: list('resourceLogs', RESOURCE_LOGS, 'resourceLogs') }

function kept(name: string, read: (wire: Wire, before: unknown) => unknown) {
  return (into: Fields, wire: Wire) => {
    into[name] = read(wire, into[name])
  }
}

function text(name: string): Field<Fields> {
  return delimited(kept(name, (wire) => wire.text()))
}

function texts(name: string): Field<Fields> {
  return delimited((into, wire) => {
    into[name] ??= []
    wire.item(`.${name}`, into[name] as string[], () => wire.part().text())
  })
}

/** `uint32`, or an enumeration. */
function count(name: string): Field<Fields> {
  return varint(kept(name, (wire) => wire.count()))
}

function flags(name: string): Field<Fields> {
  return fixed32(kept(name, (wire) => wire.fixed32()))
}

function time(name: string): Field<Fields> {
  return fixed64(kept(name, (wire) => wire.fixed64()))
}

/** Hex digits; of another length what no id is, and of none nothing. */
function id(name: string, length: number): Field<Fields> {
  const read = (bytes: Buffer) =>
    bytes.length === length || bytes.length === 0 ? bytes.toString('hex') : `${bytes.length} bytes`
  return delimited(kept(name, (wire) => read(wire.bytes())))
}

function message(name: string, of: Fielded): Field<Fields> {
  return delimited(kept(name, (wire, before) => wire.message(of, (before ?? {}) as Fields)))
}

function list(name: string, of: Fielded, path = `.${name}`): Field<Fields> {
  return delimited((into, wire) => {
    into[name] ??= []
    wire.item(path, into[name] as Fields[], () => wire.message(of, {}))
  })
}
