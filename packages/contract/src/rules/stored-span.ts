import type { JsonObject } from '../json.js'
import type { Span } from '../span.js'
import { storedValue, withoutCopies } from './copied-values.js'
import { compact } from './fields.js'
import { OWNERS } from './record-fields.js'
import type { SpanPayload, SpanRecord, SpanSources, SpanTexts, StoredSpan } from './span-record.js'
import { storedJson } from './stored.js'
import { factsOf } from './summarise.js'

export const SPAN_TEXTS = ['detail', 'input', 'output', 'attributes', 'rest'] as const

/** What stands in the place of a span until somebody asks for it: most are written and never looked at. */
export class ReadSpan implements SpanRecord {
  readonly sources?: SpanSources
  #span: Span | undefined

  /** @param stored that of a record which was merged with no other */
  constructor(readonly stored: StoredSpan) {}

  get rank(): string {
    return this.stored.rank
  }

  get span(): Span {
    this.#span ??= spanOf(this.stored)
    return this.#span
  }
}

/** The record of which this is what is stored. */
export function recordOf(stored: StoredSpan): SpanRecord {
  const { sources, ...rest } = restOf(stored)
  return compact({ span: spanWith(stored, rest), rank: stored.rank, sources })
}

/** The span of that record. */
export function spanOf(stored: Omit<StoredSpan, 'rank'>): Span {
  const { sources: _, ...rest } = restOf(stored)
  return spanWith(stored, rest)
}

type Rest = SpanPayload & { sources?: SpanSources }

function restOf({ texts }: Pick<StoredSpan, 'texts'>): Rest {
  return texts.rest === undefined ? {} : (storedJson(texts.rest) as Rest)
}

function spanWith({ traceId, facts, texts }: Omit<StoredSpan, 'rank'>, rest: SpanPayload): Span {
  const { spanId, parentId, name, kind, status, startedAt, endedAt } = facts
  const span: Record<string, unknown> = { traceId, spanId, name, kind, status, startedAt }
  if (parentId !== undefined) span.parentId = parentId
  if (endedAt !== undefined) span.endedAt = endedAt
  for (const owner of OWNERS) if (facts[owner] !== undefined) span[owner] = facts[owner]
  if (facts.labels !== undefined) span.labels = facts.labels
  const attributes = texts.attributes === undefined ? undefined : (storedJson(texts.attributes) as JsonObject)
  for (const field of ['detail', 'input', 'output'] as const)
    if (texts[field] !== undefined) span[field] = storedValue(texts[field], attributes)
  if (attributes !== undefined) span.attributes = attributes
  return Object.assign(span, rest) as unknown as Span
}

/** What is stored of a record. */
export function storedSpan(record: SpanRecord): StoredSpan {
  if (record.stored !== undefined) return record.stored
  const { span, rank, sources } = record
  return { traceId: span.traceId, facts: factsOf(span), rank, texts: withoutCopies(textsOf(span, sources), span) }
}

/** In one order of fields, so that a span has one text. */
export function textsOf(payload: SpanPayload, sources?: SpanSources): SpanTexts {
  const { detail, input, output, attributes } = payload
  const texts: SpanTexts = {}
  if (detail !== undefined) texts.detail = JSON.stringify(detail)
  if (input !== undefined) texts.input = JSON.stringify(input)
  if (output !== undefined) texts.output = JSON.stringify(output)
  if (attributes !== undefined) texts.attributes = JSON.stringify(attributes)
  const { error, events, links, resource, scope, repairs } = payload
  if (error ?? events ?? links ?? resource ?? scope ?? repairs ?? sources)
    texts.rest = JSON.stringify({ error, events, links, resource, scope, repairs, sources })
  return texts
}
