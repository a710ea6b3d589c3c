import type { SpanInput } from '@freehold/contract'
import type { SdkSpan } from './from-sdk.js'

/** OpenTelemetry's attributes hold texts and lists of texts, nothing deeper. */
const OF_SDK = 2
/** Deeper than what is read from a document is. */
const OF_DOCUMENTS = 110

/** About how much text a span holds, in characters: what its conversion costs. Nothing where it cannot be read. */
export function weightOf(span: SdkSpan): number {
  try {
    const listed = [...span.events, ...(span.links ?? [])]
    const own = [span, ...listed].reduce((sum, { attributes }) => sum + textIn(attributes, OF_SDK), 0)
    return own + shared(span.resource?.attributes, OF_SDK)
  } catch {
    return 0
  }
}

/** The same of a span that was read from a document: what its write costs. */
export function weightOfRead({ resource, scope, ...own }: SpanInput): number {
  return [resource, scope].reduce((sum, each) => sum + shared(each, OF_DOCUMENTS), textIn(own, OF_DOCUMENTS))
}

const known = new WeakMap<object, number>()

/** Of what many spans have, and each is written with: measured once. */
function shared(value: object | undefined | null, levels: number): number {
  if (value === undefined || value === null) return 0
  const weight = known.get(value) ?? textIn(value, levels)
  known.set(value, weight)
  return weight
}

function textIn(value: unknown, levels: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null || levels === 0) return 0
  let sum = 0
  for (const item of Object.values(value)) sum += textIn(item, levels - 1)
  return sum
}
