import type { Failure } from './dialect.js'

/** What a failure can mean, by the word that the lists of a dialect use. */
const MEANINGS = {
  again: { code: 'timeout', retry: 'again' },
  taken: { code: 'already_exists', retry: 'taken' },
  timeout: { code: 'timeout' },
  invalid: { code: 'invalid' },
  missing: { code: 'unsupported' },
  unavailable: { code: 'unavailable' },
  refused: { code: 'unavailable', refused: true },
} as const satisfies Record<string, Failure>

/** An engine's own codes, listed by what they mean. */
export function failures(
  codes: Partial<Record<keyof typeof MEANINGS, readonly (string | number)[]>>,
): ReadonlyMap<string | number, Failure> {
  const meanings = Object.entries(codes) as [keyof typeof MEANINGS, readonly (string | number)[]][]
  return new Map(meanings.flatMap(([meaning, list]) => list.map((code) => [code, MEANINGS[meaning]] as const)))
}

/** What goes wrong on the way to any server. */
export const NETWORK = failures({
  unavailable: [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOENT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
})
