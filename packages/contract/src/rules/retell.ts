import type { JsonObject } from '../json.js'
import type { TraceSummary } from '../traces.js'
import { join, mergeSpans, sameRecord } from './merge-spans.js'
import { tellsKind } from './read-span.js'
import { areSmall, tooLargeTogether } from './sizes.js'
import type { SpanRecord, StoredSpan } from './span-record.js'
import { storedJson } from './stored.js'
import { recordOf, storedSpan } from './stored-span.js'
import type { SpanFacts } from './summary-state.js'
import { losesLabels } from './trace-labels.js'

/**
 * True of a record that a stored span of this rank holds already. Of one that was merged with no other the rank tells all
 * that it says; those that others brought in, such as an owner, stand in no source.
 */
export function isHeld(record: SpanRecord, rank: string): boolean {
  return record.stored !== undefined && record.rank === rank
}

/**
 * Those of some spans of a known trace that a store has already, if it has any of them. Of a trace with running spans these
 * are the ends of those, which took longest; what lies within one that has ended was mostly sent before.
 */
export function probablyHeld<T>(
  spans: readonly T[],
  factsOf: (span: T) => SpanFacts,
  { running, startedAt, endedAt = 0 }: Pick<TraceSummary, 'running' | 'startedAt' | 'endedAt'>,
): readonly T[] {
  if (running >= spans.length) return spans
  if (running > 0) return [...spans].sort((a, b) => timeOf(factsOf(b)) - timeOf(factsOf(a))).slice(0, running)
  const isWithin = (facts: SpanFacts) => facts.startedAt >= startedAt && (facts.endedAt ?? facts.startedAt) <= endedAt
  return spans.every((span) => isWithin(factsOf(span))) ? spans : []
}

/** How long it took, or nothing where it runs. */
function timeOf({ startedAt, endedAt = startedAt }: SpanFacts): number {
  return endedAt - startedAt
}

/**
 * What a record makes of the span that is there: `undefined` where it tells nothing new, a text that says why where the two
 * together are too large.
 */
export function retell(stored: SpanRecord, record: SpanRecord): SpanRecord | string | undefined {
  const merged = mergeSpans(stored, record)
  if (sameRecord(stored, merged)) return undefined
  return tooLargeTogether(merged) ?? merged
}

/** The same of a span as it is stored. Mostly that is its start, and the record its end: then no value is looked into. */
export function retellStored(stored: StoredSpan, record: SpanRecord): StoredSpan | string | undefined {
  const told = record.stored
  const isSmall = told !== undefined && areSmall(stored.texts, told.texts)
  if (isSmall && isToldAgain(stored, told)) return { ...told, facts: joined(stored, told) }
  const before = recordOf(stored)
  const merged = mergeSpans(before, record)
  if (sameRecord(before, merged)) return undefined
  return (isSmall ? undefined : tooLargeTogether(merged)) ?? storedSpan(merged)
}

/** True where a greater record, of itself alone, tells of every field of which the stored one does: that has nothing to add. */
function isToldAgain(stored: StoredSpan, told: StoredSpan): boolean {
  return (
    stored.rank < told.rank &&
    (stored.facts.parentId === undefined || told.facts.parentId !== undefined) &&
    !losesLabels(stored.facts, told.facts) &&
    isKindTold(stored, told) &&
    VALUES.every((field) => stored.texts[field] === undefined || isTold(told.texts[field])) &&
    areFieldsTold(stored.texts.detail, told.texts.detail) &&
    areFieldsTold(stored.texts.rest, told.texts.rest)
  )
}

const VALUES = ['input', 'output', 'attributes'] as const

/** A `null` says less than what a lesser record says. */
function isTold(text: string | undefined): boolean {
  return text !== undefined && text !== 'null'
}

/** Details of another kind would be kept. Those of none are kept in an order that need not be that of the record. */
function isKindTold(stored: StoredSpan, told: StoredSpan): boolean {
  const tells = ({ facts, rank }: StoredSpan) => facts.kind !== 'other' || tellsKind(rank)
  if (tells(stored) && !tells(told)) return false
  if (told.facts.kind === 'other') return (stored.texts.detail ?? told.texts.detail) === undefined
  return stored.texts.detail === undefined || stored.facts.kind === told.facts.kind
}

/** Marks are those of all records, and sources say what comes from lesser ones. */
const OF_ALL = ['repairs', 'sources']

function areFieldsTold(stored: string | undefined, told: string | undefined): boolean {
  if (stored === undefined) return true
  if (told === undefined) return false
  const [held, own] = [storedJson(stored) as JsonObject, stored === told ? undefined : (storedJson(told) as JsonObject)]
  if (OF_ALL.some((field) => Object.hasOwn(held, field))) return false
  return own === undefined || Object.keys(held).every((field) => (own[field] ?? null) !== null)
}

/** What a greater record tells, but for that on which every record has a say. */
function joined(stored: StoredSpan, told: StoredSpan): SpanFacts {
  const [lesser, greater] = [stored, told].map(({ facts, rank }) => ({ span: facts, rank }))
  return { ...told.facts, ...join(lesser!, greater!) }
}
