import { REDACTED } from '../redacted.js'
import type { RedactOptions } from './options.js'
import type { Change } from './texts.js'

/** Most names of which it is remembered whether they are meant: they come again and again. */
const MOST_KNOWN = 10_000
const LONGEST = 256

/** Whether the options name anything. */
export function isRedacting({ redact: { keys = [], patterns = [], text } }: { redact: RedactOptions }): boolean {
  return keys.length > 0 || patterns.length > 0 || text !== undefined
}

/** Takes out what the options name; nothing where they name nothing. */
export function redacting(redact: RedactOptions): Change | undefined {
  if (!isRedacting({ redact })) return undefined
  const { keys = [], patterns = [], text } = redact
  const isMeant = remembered(namer(keys))
  const everywhere = patterns.map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`))
  const without = (value: string): string =>
    everywhere.reduce((left, pattern) => left.replace(pattern, REDACTED), value)
  return {
    isThorough: true,
    named: (key) => (isMeant(key) ? REDACTED : undefined),
    leaf: (value, key) => {
      const before = String(value)
      const after = without(before)
      const last = text === undefined ? after : told(text, after, key)
      return last === before ? value : last
    },
  }
}

/** What it throws may hold what it was to take out, and is not told. */
function told(text: NonNullable<RedactOptions['text']>, value: string, key: string): string {
  let said: unknown
  try {
    said = text(value, key)
  } catch {
    throw new Error('redact.text threw, so the span is not kept; mend it')
  }
  if (typeof said !== 'string') throw new Error('redact.text returned no text, so the span is not kept; mend it')
  return said
}

function namer(keys: readonly (string | RegExp)[]): (key: string) => boolean {
  const names = new Set(keys.filter((key) => typeof key === 'string').map((key) => key.toLowerCase()))
  // With `g` or `y` a pattern goes on from where it was.
  const patterns = keys
    .filter((key) => key instanceof RegExp)
    .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')))
  return (key) => {
    const lower = key.toLowerCase()
    return (
      names.has(lower) ||
      lower.split('.').some((part) => names.has(part)) ||
      patterns.some((pattern) => pattern.test(key))
    )
  }
}

function remembered(isMeant: (key: string) => boolean): (key: string) => boolean {
  const known = new Map<string, boolean>()
  return (key) => {
    let answer = known.get(key)
    if (answer !== undefined) return answer
    answer = isMeant(key)
    if (key.length > LONGEST) return answer
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(key, answer)
    return answer
  }
}
