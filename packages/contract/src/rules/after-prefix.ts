/** The last code point, and those of surrogates, which no text that is kept has alone. */
const LAST = 0x10ffff
const [FIRST_SURROGATE, AFTER_SURROGATES] = [0xd800, 0xe000]

/**
 * The least text, by code points, that comes after every text with this prefix: where a range of names ends, on every
 * engine that compares bytes of UTF-8. `undefined` where none does, as after the empty prefix.
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((point) => point.codePointAt(0)!)
  while (points.at(-1) === LAST) points.pop()
  const last = points.pop()
  if (last === undefined) return undefined
  const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1
  return String.fromCodePoint(...points, next)
}
