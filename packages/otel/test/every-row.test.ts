import { type Json, type JsonObject, OWNERS, type SpanEvent, type SpanKind } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { type Dialect, type Source, SPAN_NAME } from '../src/conventions/dialect.js'
import { CONVENTIONS } from '../src/index.js'
import { normalised } from './support/raw-span.js'

const NUMBERS = [
  'temperature',
  'promptTokens',
  'completionTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'cost',
  'timeToFirstToken',
  'k',
]

/** What a field takes, as an attribute may have it. */
function valueFor(field: string): Json {
  if (NUMBERS.includes(field)) return 3
  if (field === 'toolCalls' || field === 'documents') return '[{"id":"x"}]'
  if (field === 'phase') return 'pre'
  if (field === 'outcome') return 'pass'
  if (field === 'traceId') return 'f'.repeat(32)
  return 'x'
}

interface Told {
  name: string
  attributes: JsonObject
  events: SpanEvent[]
}

/** A span that tells a value in this place alone. */
function telling(source: Source, value: Json): Told {
  const event = (name: string, attributes: JsonObject): SpanEvent => ({ name, at: 1_500, attributes })
  const told = { name: 'span', attributes: {}, events: [] }
  if (source === SPAN_NAME) return told
  if (typeof source === 'string') return { ...told, attributes: { [source]: value } }
  if ('seconds' in source) return { ...told, attributes: { [source.seconds]: value } }
  if ('numbered' in source)
    return { ...told, attributes: { [`${source.numbered}.0.${source.item ?? 'id'}`]: source.item ? { id: 'x' } : 'x' } }
  if ('sum' in source) return { ...told, attributes: { [source.json]: JSON.stringify({ [source.sum[0]!]: 3 }) } }
  if ('json' in source && 'messages' in source)
    return {
      ...told,
      attributes: { [source.json]: JSON.stringify(source.messages.map((name) => ({ 'event.name': name, id: 'x' }))) },
    }
  if ('json' in source) {
    const inner = source.at.reduceRight<Json>(
      (within, name) => ({ [name]: within }),
      isList(value) ? [{ id: 'x' }] : value,
    )
    return { ...told, attributes: { [source.json]: JSON.stringify(inner) } }
  }
  if ('event' in source) return { ...told, events: [event(source.event, { [source.attribute]: value })] }
  if ('details' in source)
    return { ...told, events: source.details.map((name) => event(name, { [source.attribute]: value })) }
  return { ...told, events: [event(source.messages[0]!, { [`${source.strip ?? ''}id`]: 'x' })] }
}

function isList(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('[')
}

/** What makes a span one of this kind: by the dialect, or by another where it does not say so itself. */
function ofKind({ kinds, fallbacks }: Dialect, kind: SpanKind): Partial<Told> {
  for (const rule of [...kinds, ...fallbacks]) {
    if ('has' in rule) {
      if (rule.kind === kind) return { attributes: Object.fromEntries(rule.has.map(([name]) => [name!, 'x'])) }
      continue
    }
    const [word] = Object.entries({ ...rule.kinds, ...rule.roots }).find(([, is]) => is === kind) ?? []
    if (word !== undefined)
      return rule.operation === SPAN_NAME ? { name: word } : { attributes: { [rule.operation]: word } }
  }
  return { attributes: { 'openinference.span.kind': { llm: 'LLM', run: 'AGENT', tool: 'TOOL' }[kind as string]! } }
}

const DETAILS = CONVENTIONS.dialects.flatMap((dialect) =>
  Object.entries(dialect.details).flatMap(([kind, fields]) =>
    Object.entries<readonly Source[]>(fields).flatMap(([field, sources]) =>
      sources.map((source): [string, SpanKind, string, Source, Dialect] => [
        dialect.name,
        kind as SpanKind,
        field,
        source,
        dialect,
      ]),
    ),
  ),
)

const OWNED = CONVENTIONS.dialects.flatMap((dialect) =>
  OWNERS.flatMap((owner) =>
    (dialect.owners[owner] ?? []).map((source): [string, string, Source, Dialect] => [
      dialect.name,
      owner,
      source,
      dialect,
    ]),
  ),
)

const PAYLOADS = CONVENTIONS.dialects.flatMap((dialect) =>
  (['input', 'output'] as const).flatMap((field) =>
    (dialect.payload[field] ?? []).map((source): [string, string, Source, Dialect] => [
      dialect.name,
      field,
      source,
      dialect,
    ]),
  ),
)

/** What the rows of a dialect that says something by itself alone need. */
function recognised(dialect: Dialect): Partial<Told> {
  return dialect.own ? ofKind(dialect, 'run') : {}
}

describe('every row of the table is read', () => {
  it.each(DETAILS)('%s: %s %s of %j', (_, kind, field, source, dialect) => {
    const { attributes = {}, ...recognised } = ofKind(dialect, kind)
    const told = telling(source, valueFor(field))
    const { name, events } = { ...told, ...recognised }
    const span = normalised({ ...attributes, ...told.attributes }, { name, events })
    expect(span.kind).toBe(kind)
    expect(span.detail).toHaveProperty(field)
  })

  it.each(OWNED)('%s: %s of %j', (_, owner, source, dialect) => {
    const { attributes } = telling(source, 'x')
    expect(normalised(attributes, recognised(dialect))).toHaveProperty(owner, 'x')
  })

  it.each(PAYLOADS)('%s: %s of %j', (_, field, source, dialect) => {
    const { name, events, attributes } = { ...telling(source, 'x'), ...recognised(dialect) }
    expect(normalised({ ...telling(source, 'x').attributes, ...attributes }, { name, events })).toHaveProperty(field)
  })
})
