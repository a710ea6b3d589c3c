import type { SpanKind } from '@freehold/contract'
import { type Dialect, SPAN_NAME } from './dialect.js'
import { FRAMEWORKS } from './frameworks.js'
import { freehold } from './freehold.js'
import { genAi } from './gen-ai.js'
import { langfuse } from './langfuse.js'
import { openInference } from './open-inference.js'
import { traceloop } from './traceloop.js'
import { vercel } from './vercel.js'

/** What is written by many. */
const CONVENTIONAL: readonly Dialect[] = [vercel, genAi, openInference, traceloop, langfuse]

/**
 * Every dialect that is read, first one first. Raw attributes are always kept, so spans that were written under an older
 * version of this table can be read anew.
 */
export const CONVENTIONS: {
  readonly version: string
  /** What is read by a later version counts: `reading` of the spans. One more is that of a span whose place in its trace is known. */
  readonly reading: number
  readonly dialects: readonly Dialect[]
} = {
  version: '2026-11-30',
  reading: 30,
  dialects: [freehold, ...CONVENTIONAL, ...FRAMEWORKS],
}

/** What a framework says of a span comes before conventions, whose words it writes for something else as well. */
const RECOGNISING: readonly Dialect[] = [freehold, ...FRAMEWORKS, ...CONVENTIONAL]

/** How a span was recognised: its kind, and the dialect that decided it, if any did. */
export interface Recognised {
  kind: SpanKind
  by?: Dialect
}

/** What of a span tells its kind. */
export interface Recognisable {
  name: string
  attributes: Readonly<Record<string, unknown>>
  isRoot: boolean
}

/** The kind of a span by what it says itself, so that it does not depend on how spans are batched. */
export function recognise(span: Recognisable): Recognised {
  for (const rules of ['kinds', 'fallbacks'] as const) {
    for (const dialect of RECOGNISING) {
      const kind = firstHit(dialect[rules], span)
      if (kind !== undefined) return { kind, by: dialect }
    }
  }
  return { kind: 'other' }
}

function firstHit(rules: Dialect['kinds'], { name, attributes, isRoot }: Recognisable): SpanKind | undefined {
  for (const rule of rules) {
    if ('has' in rule) {
      const isSet = (key: string): boolean => isPresent(attributes[key])
      if (rule.has.every((group) => group.some(isSet)) && !rule.without?.some(isSet)) return rule.kind
      continue
    }
    const { operation, kinds, roots = {}, prefix = '', closed } = rule
    const value = operation === SPAN_NAME ? name : attributes[operation]
    if (typeof value !== 'string' || value === '' || !value.startsWith(prefix)) continue
    const word = value.split(' ', 1)[0]!
    if (isRoot && Object.hasOwn(roots, word)) return roots[word]
    if (Object.hasOwn(kinds, word)) return kinds[word]
    if (closed) return 'other'
  }
  return undefined
}

/** Where the message is, of a span that says outside its status that it failed. */
export function failureIn(attributes: Readonly<Record<string, unknown>>): string | undefined {
  const said = CONVENTIONS.dialects.find(({ failure }) => failure && attributes[failure.attribute] === failure.is)
  return said?.failure?.message
}

/** An empty text says as little as no attribute. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
