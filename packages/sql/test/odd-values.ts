import { type Json, MAX_TIMESTAMP, type ShapeColumn, toIso } from '@freehold/contract'

const nested = (levels: number, value: Json = 1): Json => (levels === 0 ? value : nested(levels - 1, [value]))

/** Values that engines read in different ways, or not at all. */
export const ODD_VALUES: readonly (Json | undefined)[] = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  0.1,
  5e-324,
  -5e-324,
  1e-322,
  2.2250738585072014e-308,
  1e-7,
  1e308,
  -1.7976931348623157e308,
  1e21,
  2 ** 31,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  2 ** 63,
  2 ** 64,
  0.0004,
  0.0005,
  0.9999,
  1.0005,
  1_763_391_318_786,
  1_763_391_318_786.123,
  1_763_391_318_786.1235,
  1_763_391_318_786.9998,
  MAX_TIMESTAMP,
  MAX_TIMESTAMP - 0.001,
  MAX_TIMESTAMP + 1,
  '',
  ' ',
  '7',
  '1e3',
  'true',
  'null',
  '[1]',
  '{"a":1}',
  '2026-11-23',
  '2026-11-23T01:36:18.123456Z',
  `it's "quoted" \\ and \\\\ \\n \\u0041 / \b\f\n\r\t`,
  '漢字 😀 e\u0301 \u2028 \u200F \uFFFD $a %json ? ?? :a',
  'x"'.repeat(50_000),
  [],
  {},
  [null],
  ['7'],
  { a: null },
  { 'a.b': 1, $gt: 2, '': 3, 'ключ "x"': { 'c.d': [{ $x: 1 }] } },
  { '%json': '[1]' },
  { '%json': 1, a: 2 },
  [{ '%json': '[1]' }],
  { _bsontype: 'ObjectId', id: 'x' },
  { deep: [{ _bsontype: 1 }] },
  { $ref: 'a', $id: 'b', $db: 'c' },
  { $date: '2026-01-01' },
  { a: [1, { b: 'c' }], d: 1e-322, e: '\\"' },
  nested(29),
  nested(30),
  nested(31),
  nested(60),
  nested(29, { a: { b: [1, '"'] } }),
  Array.from({ length: 25_000 }, (_, n) => n % 10),
]

/** As many columns as a shape may have, of the type that takes most to show, under the longest names. */
export const MOST_COLUMNS: Readonly<Record<string, ShapeColumn>> = Object.fromEntries(
  Array.from({ length: 500 }, (_, n) => [`column_${n}_`.padEnd(60, 'x'), 'timestamp']),
)

/** Nested as deep as data may be. */
export const DEEP = nested(63)

export const EVERY_TYPE = {
  asText: 'text',
  asInteger: 'integer',
  asNumber: 'number',
  asBoolean: 'boolean',
  asTimestamp: 'timestamp',
  asJson: 'json',
} as const satisfies Record<string, ShapeColumn>

/** Data that has the value in a column of every type. */
export function inEveryType(value: Json | undefined): Record<string, Json | undefined> {
  return Object.fromEntries(Object.keys(EVERY_TYPE).map((property) => [property, value]))
}

/** What a view shows of it: times as ISO texts. */
export function shownOf(value: Json | undefined) {
  const isTime = typeof value === 'number' && value >= 0 && value <= MAX_TIMESTAMP
  return {
    text: typeof value === 'string' ? value : null,
    integer: Number.isSafeInteger(value) ? value : null,
    number: typeof value === 'number' ? value : null,
    boolean: typeof value === 'boolean' ? value : null,
    timestamp: isTime ? toIso(value) : null,
    json: value ?? null,
  }
}
