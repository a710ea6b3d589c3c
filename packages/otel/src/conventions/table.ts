import type { SpanKind } from '@freehold/contract'
import type { Dialect } from './dialect.js'
import { freehold } from './freehold.js'
import { genAi } from './gen-ai.js'
import { vercel } from './vercel.js'

/**
 * Every dialect that is read, first one first. Raw attributes are always kept, so spans that were written under an older
 * version of this table can be read anew.
 */
export const CONVENTIONS: { readonly version: string; readonly dialects: readonly Dialect[] } = {
  version: '2026-11-23',
  dialects: [freehold, genAi, vercel],
}

/** How a span was recognised: its kind, and the dialect that decided it, if any did. */
export interface Recognised {
  kind: SpanKind
  by?: Dialect
}

/** The kind of a span by its own attributes alone, so that it does not depend on how spans are batched. */
export function recognise(attributes: Readonly<Record<string, unknown>>): Recognised {
  const { dialects } = CONVENTIONS
  for (const rules of ['kinds', 'fallbacks'] as const) {
    for (const dialect of dialects) {
      const kind = firstHit(dialect[rules], attributes)
      if (kind !== undefined) return { kind, by: dialect }
    }
  }
  return { kind: 'other' }
}

function firstHit(rules: Dialect['kinds'], attributes: Readonly<Record<string, unknown>>): SpanKind | undefined {
  for (const rule of rules) {
    if ('has' in rule) {
      const isSet = (key: string): boolean => isPresent(attributes[key])
      if (rule.has.every((group) => group.some(isSet)) && !rule.without?.some(isSet)) return rule.kind
      continue
    }
    const value = attributes[rule.operation]
    if (typeof value !== 'string' || value === '' || !value.startsWith(rule.prefix ?? '')) continue
    const word = value.split(' ', 1)[0]!
    return Object.hasOwn(rule.kinds, word) ? rule.kinds[word] : 'other'
  }
  return undefined
}

/** An empty text says as little as no attribute. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
