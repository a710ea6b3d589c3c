import { hash } from 'node:crypto'
import type { Owners, Span, SpanKind } from '../span.js'
import { toMicroseconds } from '../time.js'
import type { SpanPayload } from './span-record.js'
import { ReadSpan, SPAN_TEXTS, textsOf } from './stored-span.js'
import { factsOf } from './summarise.js'

/** Largest span, as JSON text in bytes: the start and the end of a span, merged, still fit what every engine takes. */
export const MAX_SPAN_BYTES = 4_194_304

/** What a span is but for its values, checked. */
export interface SpanHead extends Owners {
  traceId: string
  spanId: string
  parentId?: string | undefined
  name: string
  kind: SpanKind
  status: Span['status']
  startedAt: number
  endedAt?: number | undefined
}

/** What a span is but for its values, as JSON: whatever its ids are. */
export function headText(head: SpanHead): string {
  const { parentId, name, kind, status, startedAt, endedAt } = head
  const { runId, sessionId, userId, agentId, teamId, workflowId } = head
  const own = [parentId, name, kind, status, startedAt, endedAt, runId, sessionId, userId, agentId, teamId, workflowId]
  return JSON.stringify(own)
}

/**
 * A record of a span that was checked, or why it is too large; `undefined` where a text of it does not pass.
 * @param passes tells of JSON whether it may be kept
 */
export function readSpan(
  head: SpanHead,
  payload: SpanPayload,
  passes: (json: string) => boolean = () => true,
): ReadSpan | { reason: string } | undefined {
  const texts = textsOf(payload)
  const json = [headText(head), ...SPAN_TEXTS.map((field) => texts[field] ?? '')]
  if (!json.every(passes)) return undefined
  const units = json.reduce((sum, text) => sum + text.length, json.length - 1)
  // No character takes more than three bytes: most spans need not be measured.
  const bytes = units > MAX_SPAN_BYTES / 3 ? Buffer.byteLength(json.join('\n')) : 0
  if (bytes > MAX_SPAN_BYTES)
    return { reason: `span has ${bytes} bytes; at most ${MAX_SPAN_BYTES} are kept, move payloads elsewhere` }
  const span = { ...head, detail: payload.detail, input: payload.input, output: payload.output } as Span
  return new ReadSpan({ traceId: head.traceId, facts: factsOf(span), rank: rankOf(head, json, units), texts })
}

/**
 * Orders the records of one span: ended over running, error over ok, later end over earlier, then by content, whatever
 * the span's ids.
 */
function rankOf({ status, endedAt }: SpanHead, json: readonly string[], units: number): string {
  const ended = status === 'running' ? 0 : 1
  const failed = status === 'error' ? 1 : 0
  const end = String(endedAt === undefined ? 0 : toMicroseconds(endedAt)).padStart(16, '0')
  return `${ended}${failed}${end}${contentHash(json, units).slice(0, 32)}`
}

/** Most texts are put together here: one by one, each would be copied twice, and make garbage. */
const room = Buffer.allocUnsafe(65_536)

function contentHash(json: readonly string[], units: number): string {
  if (units > room.length / 3) return hash('sha256', json.join('\n'))
  let end = 0
  for (const text of json) {
    end += room.write(text, end)
    room[end++] = 10
  }
  return hash('sha256', room.subarray(0, end - 1))
}
