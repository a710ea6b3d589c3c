import { MAX_READING, SPAN_KINDS, SPAN_STATUSES, type SpanStatus } from '../span.js'
import { MAX_NAME, MAX_TEXT } from './fields.js'
import { plainLabels } from './labels.js'
import { plainDetail } from './plain-detail.js'
import { PlainFields } from './plain-fields.js'
import { isStorableJson, PlainJson } from './plain-json.js'
import { countedReading, readSpan, type SpanHead } from './read-span.js'
import { ERROR_FIELDS, EVENT_FIELDS, LINK_FIELDS, MAX_SPAN_NAME, MAX_STACK, PLAIN_SPAN_FIELDS } from './span-fields.js'
import type { SpanPayload } from './span-record.js'
import type { ReadSpan } from './stored-span.js'

/**
 * Reads a span that is as nearly all are: plain data that is kept as it is. Nothing of it is copied but into text.
 * `undefined` of one that has to be looked at more closely, or repaired, or rejected.
 */
export function acceptPlainSpan(input: unknown): ReadSpan | { reason: string } | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined
  const fields = new PlainFields(input as Record<string, unknown>, PLAIN_SPAN_FIELDS, new PlainJson())
  if (fields.isOdd) return undefined
  const head = headOf(fields)
  if (fields.isOdd) return undefined
  const payload = payloadOf(fields, head)
  if (fields.isOdd) return undefined
  if (head.status === undefined) head.status = payload.error ? 'error' : head.endedAt === undefined ? 'running' : 'ok'
  return readSpan(head as SpanHead, payload, isStorableJson)
}

type Head = Omit<SpanHead, 'status'> & { status: SpanStatus | undefined }

function headOf(fields: PlainFields): Head {
  const kind = fields.choice('kind', SPAN_KINDS)
  const reading = fields.count('reading', MAX_READING)
  const head: Head = {
    traceId: fields.required(fields.hex('traceId', 32)),
    spanId: fields.required(fields.hex('spanId', 16)),
    parentId: fields.hex('parentId', 16),
    name: fields.required(fields.text('name', MAX_SPAN_NAME)),
    kind: kind ?? 'other',
    status: fields.choice('status', SPAN_STATUSES),
    startedAt: fields.required(fields.time('startedAt')),
    endedAt: fields.time('endedAt'),
    runId: fields.id('runId'),
    sessionId: fields.id('sessionId'),
    userId: fields.id('userId'),
    agentId: fields.id('agentId'),
    teamId: fields.id('teamId'),
    workflowId: fields.id('workflowId'),
    labels: plainLabels(fields),
    reading: countedReading(kind, reading),
  }
  const { startedAt, endedAt, status } = head
  if (endedAt !== undefined && (endedAt < startedAt || status === 'running')) fields.odd()
  return head
}

function payloadOf(fields: PlainFields, { kind }: Head): SpanPayload {
  return {
    error: fields.part('error', ERROR_FIELDS, (error) => ({
      type: error.text('type', MAX_NAME),
      message: error.text('message', MAX_TEXT),
      stack: error.text('stack', MAX_STACK),
    })),
    input: fields.json('input'),
    output: fields.json('output'),
    detail: plainDetail(fields, kind),
    attributes: fields.object('attributes'),
    events: fields.list('events', EVENT_FIELDS, (event) => ({
      name: event.required(event.text('name', MAX_SPAN_NAME)),
      at: event.required(event.time('at')),
      attributes: event.object('attributes'),
    })),
    links: fields.list('links', LINK_FIELDS, (link) => ({
      traceId: link.required(link.hex('traceId', 32)),
      spanId: link.required(link.hex('spanId', 16)),
      attributes: link.object('attributes'),
    })),
    resource: fields.object('resource'),
    scope: fields.object('scope'),
  } as SpanPayload
}
