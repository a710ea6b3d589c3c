import type { Owners, Span, SpanKind, SpanStatus } from '../span.js'
import { canonicalJson } from './canonical.js'
import { DETAIL_FIELDS } from './detail-fields.js'
import { compact } from './fields.js'
import { MAX_LABELS, TOO_MANY_LABELS } from './labels.js'
import { givesUp, tellsEnd, tellsKind } from './read-span.js'
import { OWNERS } from './record-fields.js'
import { distinctRepairs } from './repairs.js'
import type { SpanRecord, SpanSources } from './span-record.js'

/** Fields that are taken whole from the greatest record that has them. `kind` and `detail` are too, in their own way. */
const RANKED_FIELDS = [
  'parentId',
  'name',
  'error',
  'input',
  'output',
  'attributes',
  'events',
  'links',
  'resource',
  'scope',
] as const

/** The rank of `null`, which says less than any record that says something, and as much in one record as in another. */
const OF_NULL = ''

/** How the field of a label begins. */
const LABEL = 'labels.'

/** What one record says of one field. */
interface Told {
  value: unknown
  rank: string
}

/**
 * Joins two records of one span: of each field, what the greatest record says that says anything; of the times, the
 * status and the owners, what all of them say. The join is commutative, associative and idempotent, so that any order,
 * batching and repetition of records gives the same span.
 */
export function mergeSpans(a: SpanRecord, b: SpanRecord): SpanRecord {
  const told = toldBy(a)
  for (const [field, other] of toldBy(b)) {
    const own = told.get(field)
    if (own === undefined || own.rank < other.rank) told.set(field, other)
  }
  const greater = a.rank < b.rank ? b : a
  return recordOf(told, greater.rank, a, b)
}

/** True when the two tell the same: a store need not write. */
export function sameRecord(a: SpanRecord, b: SpanRecord): boolean {
  return (
    a.rank === b.rank &&
    sameSources(a.sources, b.sources) &&
    a.span.repairs?.length === b.span.repairs?.length &&
    a.span.startedAt === b.span.startedAt &&
    a.span.endedAt === b.span.endedAt &&
    a.span.status === b.span.status &&
    // A `null` has no source of its own.
    RANKED_FIELDS.every((field) => (a.span[field] === undefined) === (b.span[field] === undefined)) &&
    countOf(a.span.detail) === countOf(b.span.detail) &&
    countOf(a.span.labels) === countOf(b.span.labels) &&
    OWNERS.every((field) => a.span[field] === b.span[field])
  )
}

function countOf(detail: object | undefined): number {
  return Object.keys(detail ?? {}).length
}

/** Whatever the order of their keys, which not every engine keeps. */
function sameSources(a: SpanSources | undefined, b: SpanSources | undefined): boolean {
  return a === b || canonicalJson(a as never) === canonicalJson(b as never)
}

function toldBy({ span, rank, sources }: SpanRecord): Map<string, Told> {
  const ranks = new Map(Object.entries(sources?.fields ?? {}).flatMap(([r, names]) => names.map((name) => [name, r])))
  const told = new Map<string, Told>()
  const tell = (field: string, value: unknown) => {
    if (value !== undefined) told.set(field, { value, rank: value === null ? OF_NULL : (ranks.get(field) ?? rank) })
  }
  for (const field of RANKED_FIELDS) tell(field, span[field])
  for (const [name, value] of Object.entries(span.labels ?? {})) tell(`${LABEL}${name}`, value)
  if (span.kind !== 'other' || tellsKind(ranks.get('kind') ?? rank)) tell('kind', span.kind)
  for (const [key, value] of Object.entries(span.detail ?? {})) tell(`detail.${span.kind}.${key}`, value)
  for (const [field, value] of Object.entries(sources?.details ?? {})) tell(field, value)
  return told
}

function recordOf(told: ReadonlyMap<string, Told>, rank: string, a: SpanRecord, b: SpanRecord): SpanRecord {
  const kind = (told.get('kind')?.value ?? 'other') as SpanKind
  const own = `detail.${kind}.`
  const span: Record<string, unknown> = { traceId: a.span.traceId, spanId: a.span.spanId, kind, ...join(a, b) }
  const detail: Record<string, unknown> = {}
  const labels: [name: string, value: unknown][] = []
  const shelved: Record<string, unknown> = {}
  const lesser: Record<string, string[]> = {}
  for (const field of [...told.keys()].sort()) {
    const { value, rank: source } = told.get(field)!
    // What is told of a span before its end, such as that it was given up, is no error of one that ended.
    if (field === 'error' && !tellsEnd(source) && tellsEnd(rank)) continue
    // In the order of their names, as all fields are: the first are kept.
    if (field.startsWith(LABEL)) {
      labels.push([field.slice(LABEL.length), value])
      if (labels.length > MAX_LABELS) continue
    } else if (field.startsWith(own)) setOwn(detail, field.slice(own.length), value)
    else if (field.startsWith('detail.')) shelved[field] = value
    else span[field] = value
    if (source === rank || source === OF_NULL) continue
    lesser[source] ??= []
    lesser[source].push(field)
  }
  if (labels.length > 0) span.labels = Object.fromEntries(labels.slice(0, MAX_LABELS))
  if (Object.keys(detail).length > 0) span.detail = kind === 'other' ? detail : inOrder(detail, kind)
  // A span carries the marks of all its records: each tells what happened, whichever value counts in the end.
  const tooMany = labels.length > MAX_LABELS ? [TOO_MANY_LABELS] : []
  const repairs = distinctRepairs([...(a.span.repairs ?? []), ...(b.span.repairs ?? []), ...tooMany])
  if (repairs.length > 0) span.repairs = repairs
  const details = Object.keys(shelved).length > 0 ? shelved : undefined
  const sources = Object.keys(lesser).length > 0 || details ? compact({ fields: sorted(lesser), details }) : undefined
  return compact({ span: span as unknown as Span, rank, sources })
}

/** As it is read: what is the same has the same text. */
function inOrder(detail: Record<string, unknown>, kind: Exclude<SpanKind, 'other'>): object {
  return Object.fromEntries(
    Object.keys(DETAIL_FIELDS[kind])
      .filter((name) => Object.hasOwn(detail, name))
      .map((name) => [name, detail[name]]),
  )
}

/** Not an assignment, which `__proto__` would make something else. */
function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Of a record the fields on which every record has a say. */
interface Joined {
  span: Pick<Span, 'startedAt' | 'endedAt' | 'status'> & Owners
  rank: string
}

/** The fields on which every record has a say: earliest start, latest end, worst status, least owner. */
export function join(a: Joined, b: Joined): Joined['span'] {
  const joined: Joined['span'] = {
    startedAt: Math.min(a.span.startedAt, b.span.startedAt),
    status: severityOf(a) >= severityOf(b) ? a.span.status : b.span.status,
  }
  const end = Math.max(endOf(a, b), endOf(b, a))
  if (end >= 0) joined.endedAt = end
  for (const field of OWNERS) {
    const owner = least(a.span[field], b.span[field])
    if (owner !== undefined) joined[field] = owner
  }
  return joined
}

const SEVERITY: Record<SpanStatus, number> = { running: 0, ok: 2, error: 3 }
const GIVEN_UP = 1

function severityOf({ span, rank }: Joined): number {
  return givesUp(rank) ? GIVEN_UP : SEVERITY[span.status]
}

/** The end of one that was given up is a guess, which does not count where another tells of one. */
function endOf({ span, rank }: Joined, other: Joined): number {
  const isGuess = givesUp(rank) && tellsEnd(other.rank)
  return isGuess ? Number.NEGATIVE_INFINITY : (span.endedAt ?? Number.NEGATIVE_INFINITY)
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a <= b ? a : b
}
