import { type Json, OWNERS, type SpanKind } from '@freehold/contract'
import { type Dialect, type Source, SPAN_NAME } from './dialect.js'
import { id, READERS } from './readers.js'
import { CONVENTIONS } from './table.js'

/** A field, where to look for it, and how to read it. */
interface Step {
  field: string
  sources: readonly Source[]
  read: (value: Json) => unknown
}

/** What to look up for the spans of one kind that one dialect recognised. */
export interface Plan {
  owners: readonly Step[]
  input: readonly Source[]
  output: readonly Source[]
  detail: readonly Step[]
  /** Of an llm span. */
  totalTokens: readonly Source[]
  cachedApart: boolean
}

const plans = new Map<string, Plan>()

/**
 * The rows of the table for this kind, those of the dialect that recognised it first: the name of the span says something by
 * these alone. Made once.
 */
export function planOf(kind: SpanKind, first: Dialect | undefined): Plan {
  const key = `${kind} ${first?.name}`
  let plan = plans.get(key)
  if (plan === undefined) {
    plan = makePlan(kind, first)
    plans.set(key, plan)
  }
  return plan
}

function makePlan(kind: SpanKind, first: Dialect | undefined): Plan {
  const others = CONVENTIONS.dialects.filter((dialect) => dialect !== first && !dialect.own)
  const dialects = first === undefined ? others : [first, ...others]
  const sourcesOf = (row: (dialect: Dialect) => readonly Source[] | undefined): readonly Source[] =>
    dialects.flatMap((dialect) => (row(dialect) ?? []).filter((source) => source !== SPAN_NAME || dialect === first))
  const readers = kind === 'other' ? {} : READERS[kind]
  return {
    owners: OWNERS.map((field) => ({ field, sources: sourcesOf((dialect) => dialect.owners[field]), read: id })),
    input: sourcesOf((dialect) => dialect.payload.input),
    output: sourcesOf((dialect) => dialect.payload.output),
    detail: Object.entries<(value: Json) => unknown>(readers).map(([field, read]) => ({
      field,
      sources: sourcesOf((dialect) => detailsOf(dialect, kind)?.[field]),
      read,
    })),
    totalTokens: sourcesOf((dialect) => dialect.totalTokens),
    cachedApart: first?.cachedApart ?? false,
  }
}

function detailsOf(dialect: Dialect, kind: SpanKind): Record<string, readonly Source[]> | undefined {
  return kind === 'other' ? undefined : (dialect.details[kind] as Record<string, readonly Source[]> | undefined)
}
