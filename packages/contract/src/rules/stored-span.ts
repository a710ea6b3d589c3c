import type { Span } from '../span.js'
import { compact } from './fields.js'
import type { SpanPayload, SpanRecord, SpanSources, SpanTexts, StoredSpan } from './span-record.js'
import { storedJson } from './stored.js'
import { factsOf } from './summarise.js'

export const SPAN_TEXTS = ['detail', 'input', 'output', 'attributes', 'rest'] as const
const REST_FIELDS = ['error', 'events', 'links', 'resource', 'scope', 'repairs'] as const

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
    this.#span ??= recordOf(this.stored).span
    return this.#span
  }
}

/** The record of which this is what is stored. */
export function recordOf({ traceId, facts, rank, texts }: StoredSpan): SpanRecord {
  const {
    model: _,
    tool: __,
    tokens: ___,
    costNanos: ____,
    inputPreview: _____,
    outputPreview: ______,
    ...plain
  } = facts
  const span: Record<string, unknown> = { traceId, ...plain }
  let sources: SpanSources | undefined
  for (const field of SPAN_TEXTS) {
    const text = texts[field]
    if (text === undefined) continue
    if (field !== 'rest') {
      span[field] = storedJson(text)
      continue
    }
    const rest = storedJson(text) as Record<string, unknown>
    sources = rest.sources as SpanSources | undefined
    for (const name of REST_FIELDS) if (rest[name] !== undefined) span[name] = rest[name]
  }
  return compact({ span: span as unknown as Span, rank, sources })
}

/** What is stored of a record. */
export function storedSpan(record: SpanRecord): StoredSpan {
  if (record.stored !== undefined) return record.stored
  const { span, rank, sources } = record
  return { traceId: span.traceId, facts: factsOf(span), rank, texts: textsOf(span, sources) }
}

/** Those of a span whose values are those of another record of it: what was told of both need not be written again. */
export function sameTexts(a: SpanRecord, b: SpanRecord): (keyof SpanTexts)[] {
  return SPAN_TEXTS.filter((field) =>
    field === 'rest'
      ? a.sources === undefined &&
        b.sources === undefined &&
        REST_FIELDS.every((name) => isSame(a.span[name], b.span[name]))
      : isSame(a.span[field], b.span[field]),
  )
}

/** True of what merging took over as it was; of a detail, property by property, because it is put together anew. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
