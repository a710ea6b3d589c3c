import type { JsonObject, SpanEvent, SpanLink, Timestamp } from '@freehold/contract'
import { type Kept, keptOf, SPAN_KINDS, withKept } from './kept.js'
import type { RawSpan } from './normalise.js'
import type { Found } from './otlp-found.js'
import { timeIn } from './otlp-time.js'
import { countIn, fromId, fromKeyValues, isAbsent, isRecord, nameIn, nameUnknown } from './otlp-values.js'

type Fields = Record<string, unknown>

const SPAN = new Set([
  ...[
    'traceId',
    'spanId',
    'traceState',
    'parentSpanId',
    'flags',
    'name',
    'kind',
    'startTimeUnixNano',
    'endTimeUnixNano',
  ],
  ...['attributes', 'droppedAttributesCount', 'events', 'droppedEventsCount', 'links', 'droppedLinksCount', 'status'],
])
const EVENT = new Set(['timeUnixNano', 'name', 'attributes', 'droppedAttributesCount'])
const LINK = new Set(['traceId', 'spanId', 'traceState', 'attributes', 'droppedAttributesCount', 'flags'])
const STATUS = new Set(['message', 'code'])

/**
 * The span, or why it is none. What it says beyond the fields of ours is kept among the attributes (see {@link Kept}); what
 * cannot be read is a warning.
 */
export function rawSpanOf(
  span: unknown,
  resource: JsonObject | undefined,
  scope: JsonObject | undefined,
  found: Found,
): RawSpan | string {
  if (!isRecord(span)) return 'is not an object'
  const before = found.count
  const traceId = fromId(span.traceId, 16)
  const spanId = fromId(span.spanId, 8)
  const startedAt = timeIn(span, 'startTimeUnixNano', found, 'the span is not read')
  const problems = [
    traceId === undefined && 'traceId must be 32 hex digits that are not all zero',
    spanId === undefined && 'spanId must be 16 hex digits that are not all zero',
    startedAt === undefined && 'startTimeUnixNano must be nanoseconds since 1970',
  ].filter((problem) => problem !== false)
  if (traceId === undefined || spanId === undefined || startedAt === undefined) {
    // Why it is none says it all.
    found.forget(before)
    return problems.join('; ')
  }
  nameUnknown(span, SPAN, found)
  const status = statusOf(span.status, found)
  return {
    traceId,
    spanId,
    parentId: parentOf(span.parentSpanId, found),
    name: nameIn(span, 'name', found) ?? '',
    startedAt,
    endedAt: timeIn(span, 'endTimeUnixNano', found, 'read as running'),
    ...status,
    attributes: found.at('.attributes', () => fromKeyValues(span.attributes, found)),
    events: recordsIn(span, 'events', found, (event) => eventOf(event, startedAt, found)),
    links: recordsIn(span, 'links', found, (link) => linkOf(link, found)),
    resource,
    scope,
    kept: keptOf({
      kind: kindOf(span.kind, found),
      traceState: nameIn(span, 'traceState', found),
      flags: countIn(span, 'flags', found),
      droppedAttributes: countIn(span, 'droppedAttributesCount', found),
      droppedEvents: countIn(span, 'droppedEventsCount', found),
      droppedLinks: countIn(span, 'droppedLinksCount', found),
    }),
  }
}

/** What `read` makes of the objects in a list that may be absent. What is none is named. */
function recordsIn<T>(span: Fields, field: string, found: Found, read: (record: Fields) => T | undefined): T[] {
  const list = span[field]
  if (isAbsent(list)) return []
  if (!Array.isArray(list)) {
    found.warn(`.${field}`, 'must be a list; passed over')
    return []
  }
  const records: T[] = []
  for (let index = 0; index < list.length; index++) {
    const before = found.count
    const record: unknown = list[index]
    if (!isRecord(record)) found.warn('', 'must be an object; passed over')
    const value = isRecord(record) ? read(record) : undefined
    if (value !== undefined) records.push(value)
    if (found.count > before) found.prefix(before, `.${field}[${index}]`)
  }
  return records
}

/** By number, as OTLP/JSON has them, or by name; some writers put the number in a text. */
const STATUS_CODES: readonly unknown[][] = [
  [0, '0', 'STATUS_CODE_UNSET', ''],
  [1, '1', 'STATUS_CODE_OK'],
  [2, '2', 'STATUS_CODE_ERROR'],
]

function statusOf(status: unknown, found: Found): { failed: boolean; succeeded: boolean; statusMessage?: string } {
  if (isAbsent(status)) return { failed: false, succeeded: false }
  if (!isRecord(status)) {
    found.warn('.status', 'must be an object { code, message }; passed over')
    return { failed: false, succeeded: false }
  }
  return found.at('.status', () => {
    nameUnknown(status, STATUS, found)
    const code = isAbsent(status.code) ? 0 : STATUS_CODES.findIndex((names) => names.includes(status.code))
    if (code === -1) found.warn('.code', 'must be 0 (unset), 1 (ok) or 2 (error); read as unset')
    return { failed: code === 2, succeeded: code === 1, statusMessage: nameIn(status, 'message', found) }
  })
}

function kindOf(value: unknown, found: Found): number | undefined {
  if (isAbsent(value) || value === '') return undefined
  const name = typeof value === 'string' ? value.replace(/^SPAN_KIND_/, '').toLowerCase() : ''
  const isNumber = (typeof value === 'number' || typeof value === 'string') && /^[0-5]$/.test(String(value))
  const kind = isNumber ? Number(value) : SPAN_KINDS.indexOf(name)
  if (kind >= 0) return kind
  found.warn('.kind', 'must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over')
  return undefined
}

/** Zero is how protobuf libraries write *no parent*. */
function parentOf(value: unknown, found: Found): string | undefined {
  const parentId = fromId(value, 8)
  const isNone = isAbsent(value) || (typeof value === 'string' && /^(0*|A*=*)$/.test(value))
  if (parentId === undefined && !isNone) found.warn('.parentSpanId', 'must be 16 hex digits; read as a root')
  return parentId
}

function eventOf(event: Fields, startedAt: Timestamp, found: Found): SpanEvent {
  nameUnknown(event, EVENT, found)
  return {
    name: nameIn(event, 'name', found) ?? '',
    at: timeIn(event, 'timeUnixNano', found, 'read as the start of the span') ?? startedAt,
    attributes: attributesOf(event, found),
  }
}

function linkOf(link: Fields, found: Found): SpanLink | undefined {
  const traceId = fromId(link.traceId, 16)
  const spanId = fromId(link.spanId, 8)
  if (traceId === undefined || spanId === undefined) {
    found.warn('', 'must have a traceId of 32 and a spanId of 16 hex digits; left out')
    return undefined
  }
  nameUnknown(link, LINK, found)
  const told = { traceState: nameIn(link, 'traceState', found), flags: countIn(link, 'flags', found) }
  return { traceId, spanId, attributes: attributesOf(link, found, told) }
}

/** With what is kept of the record among them. */
export function attributesOf(
  record: Fields,
  found: Found,
  told: { traceState?: string; flags?: number } = {},
): JsonObject {
  const attributes = found.at('.attributes', () => fromKeyValues(record.attributes, found))
  const kept: Kept = keptOf({ ...told, droppedAttributes: countIn(record, 'droppedAttributesCount', found) })
  return withKept(attributes, kept)
}
