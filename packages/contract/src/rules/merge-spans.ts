import type { Owners, Span, SpanStatus } from '../span.js'

export const OWNER_FIELDS = [
  'runId',
  'sessionId',
  'userId',
  'agentId',
  'teamId',
  'workflowId',
] as const satisfies (keyof Owners)[]

/** Fields that the record of the end takes from the record of the start where it has none itself. */
const FILLED_FIELDS = [
  'parentId',
  'error',
  'input',
  'output',
  'attributes',
  'events',
  'links',
  'resource',
  'scope',
  'repairs',
] as const

type FilledField = (typeof FILLED_FIELDS)[number] | 'kind'

/**
 * A span as a store keeps it. A span may be told in several records (its start, its end, either of them twice, from
 * several processes); this is what they add up to.
 *
 * `rank` orders records: the greatest record of the end, and the greatest of the start, count. `opening` is the record
 * of the start once that of the end is known, and which fields the end took from it.
 */
export interface SpanRecord {
  span: Span
  rank: string
  opening?: Opening
}

export interface Opening {
  span: Span
  rank: string
  filled: FilledField[]
}

interface Part {
  span: Span
  rank: string
}

/**
 * Joins two records of one span. The join is commutative, associative and idempotent, so that any order, batching and
 * repetition of the records gives the same span.
 */
export function mergeSpans(a: SpanRecord, b: SpanRecord): SpanRecord {
  const end = greatest(endOf(a), endOf(b))
  const start = greatest(startOf(a), startOf(b))
  const joined = join(a.span, b.span)
  if (end === undefined) return { span: { ...start!.span, ...joined } as Span, rank: start!.rank }
  if (start === undefined) return { span: { ...end.span, ...joined } as Span, rank: end.rank }
  const filled = fieldsToFill(end.span, start.span)
  const span = { ...end.span, ...joined } as Record<string, unknown>
  for (const field of filled) {
    span[field] = start.span[field]
    if (field === 'kind') span.detail = start.span.detail
  }
  return { span: span as unknown as Span, rank: end.rank, opening: { span: start.span, rank: start.rank, filled } }
}

/** True when the two tell the same: a store need not write. */
export function sameRecord(a: SpanRecord, b: SpanRecord): boolean {
  return (
    a.rank === b.rank &&
    a.opening?.rank === b.opening?.rank &&
    a.span.startedAt === b.span.startedAt &&
    a.span.endedAt === b.span.endedAt &&
    a.span.status === b.span.status &&
    OWNER_FIELDS.every((field) => a.span[field] === b.span[field])
  )
}

/** The fields on which every record has a say: earliest start, latest end, worst status, least owner. */
function join(a: Span, b: Span): Partial<Span> {
  const joined: Partial<Span> & Owners = {
    startedAt: Math.min(a.startedAt, b.startedAt),
    status: SEVERITY[a.status] >= SEVERITY[b.status] ? a.status : b.status,
  }
  const end = Math.max(a.endedAt ?? Number.NEGATIVE_INFINITY, b.endedAt ?? Number.NEGATIVE_INFINITY)
  if (end >= 0) joined.endedAt = end
  for (const field of OWNER_FIELDS) {
    const owner = least(a[field], b[field])
    if (owner !== undefined) joined[field] = owner
  }
  return joined
}

const SEVERITY: Record<SpanStatus, number> = { running: 0, ok: 1, error: 2 }

function endOf(record: SpanRecord): Part | undefined {
  if (!isEnd(record.rank)) return undefined
  if (record.opening === undefined) return record
  const span = { ...record.span } as Record<string, unknown>
  for (const field of record.opening.filled) {
    delete span[field]
    if (field === 'kind') {
      span.kind = 'other'
      delete span.detail
    }
  }
  return { span: span as unknown as Span, rank: record.rank }
}

function startOf(record: SpanRecord): Part | undefined {
  return isEnd(record.rank) ? record.opening : record
}

/** Ranks of ended records start with 1, those of running ones with 0. */
function isEnd(rank: string): boolean {
  return rank.startsWith('1')
}

function fieldsToFill(end: Span, start: Span): FilledField[] {
  const filled: FilledField[] = FILLED_FIELDS.filter((field) => end[field] === undefined && start[field] !== undefined)
  if (end.kind === 'other' && end.detail === undefined && start.kind !== 'other') filled.push('kind')
  return filled
}

function greatest(a: Part | undefined, b: Part | undefined): Part | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.rank >= b.rank ? a : b
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a <= b ? a : b
}
