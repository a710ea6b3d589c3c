import { hash } from 'node:crypto'
import type { Labels } from '../labels.js'
import { ABANDONED, type Owners, type Span, type SpanKind } from '../span.js'
import { toMicroseconds } from '../time.js'
import { withoutCopies } from './copied-values.js'
import type { SpanPayload, SpanTexts } from './span-record.js'
import { ReadSpan, SPAN_TEXTS, textsOf } from './stored-span.js'
import { factsFrom } from './summarise.js'

/** Largest span, as JSON text in bytes: the start and the end of a span, merged, still fit what every engine takes. */
export const MAX_SPAN_BYTES = 4_194_304

const LINE_BREAK = 10

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
  labels?: Labels | undefined
  reading?: number | undefined
}

/** What a span is but for its values, as JSON: whatever its ids are. */
export function headText(head: SpanHead): string {
  const { parentId, name, kind, status, startedAt, endedAt } = head
  const { runId, sessionId, userId, agentId, teamId, workflowId, labels } = head
  const own = [parentId, name, kind, status, startedAt, endedAt, runId, sessionId, userId, agentId, teamId, workflowId]
  // One without labels is the same as before there were any: what was stored then and is told again is the same.
  return JSON.stringify(labels === undefined ? own : [...own, labels])
}

/**
 * A record of a span that was checked, or why it is too large; `undefined` where a text of it does not pass.
 * @param passes tells of JSON whether it may be kept
 */
export function readSpan(
  plain: SpanHead,
  payload: SpanPayload,
  passes: (json: string) => boolean = () => true,
): ReadSpan | { reason: string } | undefined {
  const head = headText(plain)
  const texts = textsOf(payload)
  if (!passes(head)) return undefined
  let units = head.length
  for (const field of SPAN_TEXTS) {
    const text = texts[field]
    if (text !== undefined && !passes(text)) return undefined
    units += 1 + (text === undefined ? 0 : text.length)
  }
  // No character takes more than three bytes: most spans need not be measured.
  const bytes = units > MAX_SPAN_BYTES / 3 ? Buffer.byteLength(wholeOf(head, texts)) : 0
  if (bytes > MAX_SPAN_BYTES)
    return { reason: `span has ${bytes} bytes; at most ${MAX_SPAN_BYTES} are kept, move payloads elsewhere` }
  const kept = withoutCopies(texts, payload)
  const rank = rankOf(plain, payload.error?.type === ABANDONED, contentHash(head, kept, units))
  return new ReadSpan({ traceId: plain.traceId, facts: factsFrom(plain, payload), rank, texts: kept })
}

/** The texts of a span as one: JSON has no line breaks. */
function wholeOf(head: string, texts: SpanTexts): string {
  return [head, ...SPAN_TEXTS.map((field) => texts[field] ?? '')].join('\n')
}

/**
 * Orders the records of one span: ended over given up over running, error over ok, later end over earlier, later reading over
 * earlier, then by content, whatever the span's ids.
 */
function rankOf({ status, endedAt, reading = 0 }: SpanHead, isGivenUp: boolean, content: string): string {
  const failed = status === 'error' ? 1 : 0
  const ended = status === 'running' || (failed && isGivenUp) ? 0 : 1
  const end = String(endedAt === undefined ? 0 : toMicroseconds(endedAt)).padStart(16, '0')
  return `${ended}${failed}${end}${String(reading).padStart(4, '0')}${content}`
}

/** Whether records whose greatest has this rank tell of an end. */
export function tellsEnd(rank: string): boolean {
  return rank.startsWith('1')
}

/** Whether a record of this rank gives its span up. */
export function givesUp(rank: string): boolean {
  return rank.startsWith('01')
}

/** Where it stands in a rank. */
const READING = [18, 22] as const

/** Whether the record of this rank tells its kind whatever it is: an `other` of a first reading may be what nobody said. */
export function tellsKind(rank: string): boolean {
  return Number(rank.slice(...READING)) > 0
}

/** That of a record without a kind is as that of one that was read once: it must not take back what others tell. */
export function countedReading(kind: SpanKind | undefined, reading: number | undefined): number | undefined {
  return kind === undefined ? undefined : reading
}

/** Most texts are put together here: as one text, each would be copied twice, and make garbage. */
const room = Buffer.allocUnsafe(65_536)

function contentHash(head: string, texts: SpanTexts, units: number): string {
  if (units > room.length / 3) return hash('sha256', wholeOf(head, texts), 'base64url').slice(0, 22)
  let end = room.write(head)
  for (const field of SPAN_TEXTS) {
    room[end++] = LINE_BREAK
    const text = texts[field]
    if (text !== undefined) end += room.write(text, end)
  }
  return hash('sha256', room.subarray(0, end), 'base64url').slice(0, 22)
}
