import type { JsonObject, Repair } from '../json.js'
import {
  MAX_READING,
  SPAN_KINDS,
  SPAN_STATUSES,
  type Span,
  type SpanError,
  type SpanEvent,
  type SpanLink,
} from '../span.js'
import { acceptPlainSpan } from './accept-plain.js'
import type { Findings } from './clean-json.js'
import { compact, Fields } from './fields.js'
import { kindOf } from './kind-of.js'
import { repairedLabels } from './labels.js'
import { countedReading, readSpan, type SpanHead } from './read-span.js'
import { distinctRepairs, MAX_REPAIRS, othersOf } from './repairs.js'
import { detailOf } from './span-details.js'
import {
  ERROR_FIELDS,
  EVENT_FIELDS,
  LINK_FIELDS,
  MAX_SPAN_NAME,
  MAX_STACK,
  REPAIR_FIELDS,
  SPAN_FIELDS,
} from './span-fields.js'
import type { SpanPayload } from './span-record.js'
import type { ReadSpan } from './stored-span.js'

/** Most items of a list of a span: more than fit into what it may hold. */
const MAX_LIST = 1_000_000

/**
 * Turns what a caller handed in into a span that every engine can hold. A value that cannot be stored is repaired and the
 * span says so; what would make the span another span, or unreadable, rejects it.
 */
export function acceptSpan(input: unknown): ReadSpan | { reason: string } {
  try {
    return plainOf(input) ?? acceptOddSpan(input)
  } catch {
    return { reason: 'span cannot be read: a property of it throws, or it is too large; pass plain data' }
  }
}

/** A property that throws is named by the thorough way. */
function plainOf(input: unknown): ReadSpan | { reason: string } | undefined {
  try {
    return acceptPlainSpan(input)
  } catch {
    return undefined
  }
}

/** Looks at everything that may be wrong with a span. */
export function acceptOddSpan(input: unknown): ReadSpan | { reason: string } {
  const fields = new Fields('span', input, SPAN_FIELDS, 'lenient')
  const told = fields.choice('kind', SPAN_KINDS)
  const kind = told ?? 'other'
  const startedAt = fields.required('startedAt', fields.time('startedAt'), 'give the start in milliseconds since 1970')
  const endedAt = endOf(fields, startedAt)
  const traceId = fields.required('traceId', fields.hex('traceId', 32), 'give 32 hex digits')
  const spanId = fields.required('spanId', fields.hex('spanId', 16), 'give 16 hex digits')
  const plain = compact({
    parentId: fields.hex('parentId', 16),
    name: fields.required('name', fields.text('name', MAX_SPAN_NAME), 'name the span'),
    kind,
    status: statusOf(fields, endedAt),
    startedAt,
    endedAt,
    runId: fields.id('runId'),
    sessionId: fields.id('sessionId'),
    userId: fields.id('userId'),
    agentId: fields.id('agentId'),
    teamId: fields.id('teamId'),
    workflowId: fields.id('workflowId'),
    labels: repairedLabels(fields),
    reading: countedReading(told, fields.integer('reading', 0, MAX_READING)),
  })
  const payloads = compact({
    error: errorOf(fields),
    input: fields.json('input'),
    output: fields.json('output'),
    detail: detailOf(fields, kind),
    attributes: fields.object('attributes'),
    events: eventsOf(fields),
    links: linksOf(fields),
    resource: fields.object('resource'),
    scope: fields.object('scope'),
    repairs: undefined as Repair[] | undefined,
  })
  const repairs = distinctRepairs([...(givenRepairs(fields) ?? []), ...fields.repairs])
  if (repairs.length > 0) payloads.repairs = repairs
  if (fields.problems.length > 0)
    return { reason: fields.problems.map((problem) => `${problem.field} ${problem.message}`).join('; ') }
  const head = Object.assign(plain, { traceId, spanId }) as SpanHead
  return readSpan(head, payloads as SpanPayload)!
}

function endOf(fields: Fields, startedAt: number): number | undefined {
  const endedAt = fields.time('endedAt')
  if (endedAt === undefined || startedAt === undefined || endedAt >= startedAt) return endedAt
  fields.repair('endedAt', 'was before the start; set to the start')
  return startedAt
}

function statusOf(fields: Fields, endedAt: number | undefined): Span['status'] {
  const status = fields.choice('status', SPAN_STATUSES)
  if (status === 'running' && endedAt !== undefined) {
    fields.repair('status', 'was running although the span has an end; set to ok')
    return 'ok'
  }
  return status ?? (fields.has('error') && !fields.clears('error') ? 'error' : endedAt === undefined ? 'running' : 'ok')
}

function errorOf(fields: Fields): SpanError | undefined {
  if (!fields.has('error') || fields.clears('error')) return undefined
  const given = fields.raw('error')
  const error = partOf(fields, 'error', typeof given === 'string' ? { message: given } : given, ERROR_FIELDS)
  const read = compact({
    type: error.name('type'),
    message: error.text('message'),
    stack: error.text('stack', MAX_STACK),
  })
  repairWith(fields, error)
  return read
}

function eventsOf(fields: Fields): SpanEvent[] | undefined {
  return listOf(fields, 'events', EVENT_FIELDS, (event) =>
    compact({
      name: event.required('name', event.text('name', MAX_SPAN_NAME), 'name the event'),
      at: event.required('at', event.time('at'), 'give its time in milliseconds since 1970'),
      attributes: event.object('attributes'),
    }),
  )
}

function linksOf(fields: Fields): SpanLink[] | undefined {
  return listOf(fields, 'links', LINK_FIELDS, (link) =>
    compact({
      traceId: link.required('traceId', link.hex('traceId', 32), 'give 32 hex digits'),
      spanId: link.required('spanId', link.hex('spanId', 16), 'give 16 hex digits'),
      attributes: link.object('attributes') as JsonObject | undefined,
    }),
  )
}

/** A span that was read from one store can be written to another with its marks. */
function givenRepairs(fields: Fields): Repair[] | undefined {
  return listOf(fields, 'repairs', REPAIR_FIELDS, (repair) => ({
    field: repair.required('field', repair.text('field'), 'name the field'),
    reason: repair.required('reason', repair.text('reason'), 'say what was repaired'),
  }))
}

function listOf<T>(
  fields: Fields,
  field: string,
  known: ReadonlySet<string>,
  read: (item: Fields) => T,
): T[] | undefined {
  const list = fields.raw(field)
  if (list === undefined || list === null) return undefined
  if (!Array.isArray(list)) return fields.problem(field, `is ${kindOf(list)}; give an array`)
  if (list.length > MAX_LIST)
    return fields.problem(field, `has ${list.length} items; at most ${MAX_LIST} are read, store them elsewhere`)
  const before = fields.repairs.length
  // Not `flatMap` of the list, which steps over holes.
  const items = Array.from(list, (value: unknown, index) => {
    const item = partOf(fields, `${field}[${index}]`, value, known)
    const one = read(item)
    repairWith(fields, item)
    return item.problems.length === 0 ? [one] : []
  }).flat()
  // A list is one value: a span is not lost to the marks of its items.
  if (fields.repairs.length > before + MAX_REPAIRS)
    fields.repairs.splice(before + MAX_REPAIRS, Number.POSITIVE_INFINITY, othersOf(field))
  return items
}

/** A part of a span. What it has beyond the known is left out, and the span says so. */
function partOf(fields: Fields, path: string, value: unknown, known: ReadonlySet<string>): Fields {
  const part = new Fields(path, value, [...known], 'lenient', path)
  part.budget = fields.budget
  if (typeof value === 'object' && value !== null)
    repairWith(fields, { problems: part.problems.splice(0), repairs: [] })
  return part
}

/** What is wrong with a part costs that part, not the span. */
function repairWith(fields: Fields, { problems, repairs }: Findings): void {
  fields.take({ problems: [], repairs })
  fields.take({
    problems: [],
    repairs: problems.map(({ field, message }) => ({ field, reason: `${message}; left out` })),
  })
}
