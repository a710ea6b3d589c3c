import { compact, type JsonObject, type SpanEvent, type SpanInput, type SpanLink } from '@freehold/contract'
import { normalise } from './normalise.js'
import { fromId, fromKeyValues, fromUnixNano, isRecord, listOf } from './otlp-values.js'

/** What could not be read, and where: `resourceSpans[0].scopeSpans[1].spans[7]`, after a document's place if many. */
export interface OtlpProblem {
  path: string
  /** Names the field and what it must be; never holds a value. */
  reason: string
}

export interface OtlpSpans {
  spans: SpanInput[]
  /** The place of each of `spans` in the document. */
  paths: string[]
  /** Spans that were not read. */
  rejected: OtlpProblem[]
  /** Anything else that was passed over: a document, a list of spans that is none, a link. */
  warnings: OtlpProblem[]
}

/**
 * Reads OTLP/JSON traces (`ExportTraceServiceRequest`): one document, an array of them, or a text with one document or
 * one per line, as the OpenTelemetry Collector's file exporter writes. What is malformed is named and costs only itself.
 */
export function fromOtlp(input: string | object): OtlpSpans {
  const found: OtlpSpans = { spans: [], paths: [], rejected: [], warnings: [] }
  const documents = typeof input === 'string' ? parse(input, found) : placed(input)
  for (const { place, document } of documents) readDocument(document, place, found)
  return found
}

interface Placed {
  /** Prefix of a path. */
  place: string
  document: unknown
}

function placed(parsed: unknown): Placed[] {
  if (!Array.isArray(parsed)) return [{ place: '', document: parsed }]
  return parsed.map((document, index) => ({ place: `[${index}].`, document }))
}

function parse(text: string, found: OtlpSpans): Placed[] {
  const whole = parseJson(text)
  if (whole !== undefined) return placed(whole)
  const documents: Placed[] = []
  const broken: OtlpProblem[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const document = parseJson(line)
    if (isRecord(document)) documents.push({ place: `line ${index + 1}: `, document })
    else broken.push({ path: `line ${index + 1}`, reason: 'is not a JSON object; write one document per line' })
  }
  if (documents.length > 0) found.warnings.push(...broken)
  else found.warnings.push({ path: 'document', reason: 'is not JSON; give OTLP/JSON, or one document per line' })
  return documents
}

/** Trimmed, because JSON takes no byte order mark; files that were put together have one before any line. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim())
  } catch {
    return undefined
  }
}

function readDocument(document: unknown, place: string, found: OtlpSpans): void {
  if (!isRecord(document) || !Array.isArray(document.resourceSpans)) {
    found.warnings.push({ path: `${place}resourceSpans`, reason: 'is missing; give an OTLP/JSON trace document' })
    return
  }
  for (const { path, record: resourceSpans } of recordsIn(document, 'resourceSpans', place, found)) {
    const resource = resourceOf(resourceSpans)
    for (const field of SCOPE_SPANS) {
      for (const { path: within, record: scopeSpans } of recordsIn(resourceSpans, field, `${path}.`, found)) {
        const scope = scopeOf(scopeSpans)
        for (const [index, span] of listIn(scopeSpans, 'spans', `${within}.`, found).entries()) {
          readSpan(span, `${within}.spans[${index}]`, resource, scope, found)
        }
      }
    }
  }
}

/** The current name, and that of OTLP before 0.15. */
const SCOPE_SPANS = ['scopeSpans', 'instrumentationLibrarySpans']

/** The list that a field holds. One that is absent is empty; anything else that is no list is named. */
function listIn(parent: Record<string, unknown>, field: string, prefix: string, found: OtlpSpans): unknown[] {
  const list = parent[field]
  if (list !== undefined && !Array.isArray(list)) {
    found.warnings.push({ path: `${prefix}${field}`, reason: 'must be a list; passed over' })
  }
  return listOf(list)
}

/** The objects in a list, each with its path; what is none is named. */
function recordsIn(
  parent: Record<string, unknown>,
  field: string,
  prefix: string,
  found: OtlpSpans,
): { path: string; record: Record<string, unknown> }[] {
  return listIn(parent, field, prefix, found).flatMap((record, index) => {
    const path = `${prefix}${field}[${index}]`
    if (isRecord(record)) return [{ path, record }]
    found.warnings.push({ path, reason: 'must be an object; passed over' })
    return []
  })
}

function readSpan(
  span: unknown,
  path: string,
  resource: JsonObject | undefined,
  scope: JsonObject | undefined,
  found: OtlpSpans,
): void {
  const read = toSpan(span, resource, scope, (field, reason) =>
    found.warnings.push({ path: `${path}.${field}`, reason }),
  )
  if (typeof read === 'string') {
    found.rejected.push({ path, reason: read })
    return
  }
  found.spans.push(read)
  found.paths.push(path)
}

/** The span, or why it is none. */
function toSpan(
  span: unknown,
  resource: JsonObject | undefined,
  scope: JsonObject | undefined,
  warn: (field: string, reason: string) => void,
): SpanInput | string {
  if (!isRecord(span)) return 'is not an object'
  const traceId = fromId(span.traceId, 16)
  const spanId = fromId(span.spanId, 8)
  const startedAt = fromUnixNano(span.startTimeUnixNano)
  const problems = [
    traceId === undefined && 'traceId must be 32 hex digits that are not all zero',
    spanId === undefined && 'spanId must be 16 hex digits that are not all zero',
    startedAt === undefined && 'startTimeUnixNano must be nanoseconds since 1970',
  ].filter((problem) => problem !== false)
  if (traceId === undefined || spanId === undefined || startedAt === undefined) return problems.join('; ')
  const status = isRecord(span.status) ? span.status : {}
  return normalise({
    traceId,
    spanId,
    parentId: parentOf(span.parentSpanId, warn),
    name: typeof span.name === 'string' ? span.name : '',
    startedAt,
    endedAt: fromUnixNano(span.endTimeUnixNano),
    failed: isError(status.code),
    statusMessage: typeof status.message === 'string' ? status.message : undefined,
    attributes: fromKeyValues(span.attributes),
    events: listOf(span.events)
      .filter(isRecord)
      .map((event) => eventOf(event, startedAt)),
    links: listOf(span.links).flatMap((link, index) => linkOf(link, index, warn)),
    resource,
    scope,
  })
}

/** By number, as OTLP/JSON has it, or by name; some writers put the number in a text. */
function isError(code: unknown): boolean {
  return code === 2 || code === '2' || code === 'STATUS_CODE_ERROR'
}

/** Zero is how protobuf libraries write *no parent*. */
function parentOf(value: unknown, warn: (field: string, reason: string) => void): string | undefined {
  const parentId = fromId(value, 8)
  const isNone = value === undefined || value === null || (typeof value === 'string' && /^(0*|A*=*)$/.test(value))
  if (parentId === undefined && !isNone) warn('parentSpanId', 'must be 16 hex digits; read as a root')
  return parentId
}

function eventOf(event: Record<string, unknown>, startedAt: number): SpanEvent {
  return {
    name: typeof event.name === 'string' ? event.name : '',
    at: fromUnixNano(event.timeUnixNano) ?? startedAt,
    attributes: fromKeyValues(event.attributes),
  }
}

function linkOf(link: unknown, index: number, warn: (field: string, reason: string) => void): SpanLink[] {
  const traceId = isRecord(link) ? fromId(link.traceId, 16) : undefined
  const spanId = isRecord(link) ? fromId(link.spanId, 8) : undefined
  if (!isRecord(link) || traceId === undefined || spanId === undefined) {
    warn(`links[${index}]`, 'must have a traceId of 32 and a spanId of 16 hex digits; left out')
    return []
  }
  return [{ traceId, spanId, attributes: fromKeyValues(link.attributes) }]
}

function resourceOf(resourceSpans: Record<string, unknown>): JsonObject | undefined {
  if (!isRecord(resourceSpans.resource)) return undefined
  return compact({
    attributes: fromKeyValues(resourceSpans.resource.attributes),
    schemaUrl: textOf(resourceSpans.schemaUrl),
  })
}

function scopeOf(scopeSpans: Record<string, unknown>): JsonObject | undefined {
  const scope = scopeSpans.scope ?? scopeSpans.instrumentationLibrary
  if (!isRecord(scope)) return undefined
  const { name, version, attributes } = scope
  return compact({
    name: textOf(name),
    version: textOf(version),
    attributes: Array.isArray(attributes) ? fromKeyValues(attributes) : undefined,
    schemaUrl: textOf(scopeSpans.schemaUrl),
  })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
