import { isDeepStrictEqual } from 'node:util'
import { ABANDONED, acceptSpan, compact, OWNERS, type Span, type SpanInput, type Trace } from '@freehold/contract'
import { recognise } from './conventions/table.js'
import { normalise } from './normalise.js'
import { withStructure } from './structure.js'

/**
 * What the spans of a trace turn out to be when their raw attributes are read by the conventions of today, and among each other:
 * a record for each that changes, without what stays. The kind of a span that no convention recognises is what its writer said,
 * and so is all of one of a kind that came with neither a resource nor a scope: that was not OpenTelemetry.
 *
 * @param reading that of the records; of what a span is among others one more
 */
export function readAnew({ spans }: Trace, reading: number): SpanInput[] {
  const reread = spans.map(rereadOf)
  const among = withStructure(spans.map((span, index) => reread[index]?.own ?? (span as SpanInput)))
  return spans.flatMap((span, index) => {
    const { own, isRecognised = false } = reread[index] ?? {}
    if (own === undefined) return []
    const read = isRecognised ? among[index]! : own
    return changeOf(span, read, read === own ? reading : reading + 1) ?? []
  })
}

interface Reread {
  /** The span by itself. */
  own: SpanInput
  isRecognised: boolean
}

function rereadOf(span: Span): Reread | undefined {
  const { traceId, spanId, parentId, name, startedAt, endedAt, attributes, error } = span
  if (attributes === undefined) return undefined
  const { events = [], links = [], resource, scope } = span
  const isOtel = resource !== undefined || scope !== undefined
  const isRecognised = recognise({ name, attributes, isRoot: parentId === undefined }).by !== undefined
  if (!isOtel && (!isRecognised || span.kind !== 'other')) return undefined
  const failed = span.status === 'error'
  const raw = { traceId, spanId, parentId, name, startedAt, endedAt, failed, statusMessage: error?.message }
  const read = normalise({ ...raw, attributes, events, links, resource, scope })
  const own = isRecognised ? read : ({ ...read, kind: span.kind, detail: span.detail } as SpanInput)
  return { own, isRecognised }
}

/** What of a span is read from its attributes. */
const READ = ['input', 'output'] as const

function changeOf(span: Span, read: SpanInput, reading: number): SpanInput | undefined {
  const { traceId, spanId, name, startedAt, endedAt, status, kind = 'other', detail } = read
  const owners = OWNERS.filter((owner) => read[owner] !== undefined && isNews(span[owner], read[owner]!))
  const fails = status === 'error' && span.status !== 'error'
  // It may end yet: what is read anew of it is told as if it ran.
  const isGivenUp = span.error?.type === ABANDONED
  const told = compact({
    ...{ traceId, spanId, name, kind, startedAt, detail, reading },
    endedAt: isGivenUp ? undefined : endedAt,
    status: isGivenUp ? 'running' : fails ? status : span.status,
    error: fails ? read.error : undefined,
    ...Object.fromEntries([...READ, ...owners].map((field) => [field, read[field]])),
  }) as SpanInput
  // As the store would have it: a text that it cuts is no news.
  const accepted = acceptSpan(told)
  if ('reason' in accepted) return undefined
  const { span: as } = accepted
  const isSame = (field: (typeof READ)[number]) => as[field] === undefined || isDeepStrictEqual(as[field], span[field])
  const changes = as.kind !== span.kind || fails || owners.length > 0 || !READ.every(isSame)
  return changes || !isWithin(as.detail, span.detail) ? told : undefined
}

/** Of two owners the lesser counts, whoever tells it. */
function isNews(stored: string | undefined, read: string): boolean {
  return stored === undefined || read < stored
}

function isWithin(detail: object | undefined, stored: object | undefined): boolean {
  const held = stored as Record<string, unknown> | undefined
  return Object.entries(detail ?? {}).every(([field, value]) => isDeepStrictEqual(value, held?.[field]))
}
