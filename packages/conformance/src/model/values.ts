import { type Json, type JsonObject, type Labels, MAX_TIMESTAMP } from '@freehold/contract'
import fc from 'fast-check'

/** Mostly two, so that calls meet, and ids that collations, trims and cuts confuse with them or with each other. */
export const id = fc.oneof(
  { weight: 7, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 2, arbitrary: fc.constantFrom('A', 'a ', '\u00e9', 'e\u0301', 'z'.repeat(128)) },
)

/** Now and then, what no id may be. */
export const anyId = fc.oneof(
  { weight: 30, arbitrary: id },
  { weight: 1, arbitrary: fc.constantFrom('', 'a\0', 'z'.repeat(129), 5 as never) },
)

export const name = fc.constantFrom('search', 'Search', 'search ', '🜁', '\uff5e', '', 'n'.repeat(255))

/** Names that come again, that every object has, and that none may be; values that are the same as text, and odd ones. */
export const labels = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.dictionary(
      fc.constantFrom('env', 'release', 'constructor', 'a.b-c/d'),
      fc.constantFrom<Labels[string]>('prod', 'Prod', 'prod ', '', '1.4', 1.4, 'true', true, '\u00e9', -0, 1e21),
      { maxKeys: 3, noNullPrototype: true },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Labels>(
      { '1st': 'x' },
      { env: 'e'.repeat(101) },
      { env: '\u20ac'.repeat(43) },
      { env: 'a\0' },
      { env: Number.NaN },
      { env: [] as never },
      Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`l${n}`, n])),
    ),
  },
)

export const NOON = 1_750_000_000_000

/** Close together, some a microsecond apart, and the ends of what there is. */
export const time = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }).map((n) => NOON + n / 2 + (n % 3) / 1000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 1_750_000_000, MAX_TIMESTAMP) },
)

const ODD: readonly Json[] = [
  null,
  '',
  'text',
  0,
  -0,
  1e308,
  5e-324,
  2 ** 53 + 2,
  true,
  [],
  {},
  { query: 1, k: 2 },
  { k: 2, query: 1 },
  { 'gen_ai.request.model': 'm', $set: { '': 1 }, '10': 1, '9': 2 },
  JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
  [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
  { content: 'said', a: 1 },
]

/** What some engine cannot hold: it is repaired, or refused where it is compared. */
const UNSTORABLE: readonly Json[] = ['a\0b', ['\ud800'], { 'k\0': 'v\0', 'k\ufffd': 1 }, { text: '\udc00' }]

export const json: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }) as fc.Arbitrary<Json> },
  { weight: 1, arbitrary: fc.constantFrom(...UNSTORABLE) },
)

export const object: fc.Arbitrary<JsonObject> = fc.dictionary(fc.constantFrom('a', 'bb', 'c.d', 'e\0', ''), json, {
  maxKeys: 3,
})

export const text = fc.constantFrom('plain', '', 'é 🜁', 'nul \0', 'half \ud800', 'long '.repeat(60))

/** A few of these fields, now and then many: of many one is wrong, and then nothing happens. Seldom one that nobody knows. */
export function some<T extends object>(fields: { [F in keyof T]: fc.Arbitrary<T[F]> }): fc.Arbitrary<Partial<T>> {
  const known = fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
  const few = fc
    .subarray(Object.keys(fields) as (keyof T)[], { maxLength: Math.min(3, Object.keys(fields).length) })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name]])))) as typeof known
  return fc.oneof(
    { weight: 50, arbitrary: few },
    { weight: 10, arbitrary: known },
    { weight: 1, arbitrary: known.map((value) => ({ ...value, nonsense: 1 })) },
    { weight: 1, arbitrary: known.map((value) => nulled(value)) },
  )
}

/** The first field as `null`: which may clear it, say nothing, or be refused. */
function nulled<T extends object>(value: T): T {
  const [first] = Object.keys(value)
  return first === undefined ? value : { ...value, [first]: null }
}

/** How many of a list at a time; every page is read, because cursors hold times. */
export const limit = fc.constantFrom(undefined, 1, 2, 3, 1000)

/** A page that is none. */
export const noPage = fc.constantFrom({ limit: 0 }, { after: 'nonsense' }, { limit: 1.5, after: '' })
