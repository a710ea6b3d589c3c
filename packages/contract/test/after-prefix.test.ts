import { expect, test } from 'vitest'
import { afterPrefix } from '../src/rules/after-prefix.js'

test.each([
  ['chat', 'chau'],
  ['a\u{d7ff}', 'a\u{e000}'],
  ['a\u{ffff}', 'a\u{10000}'],
  ['🜁', '🜂'],
  ['a\u{10ffff}\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
  ['', undefined],
])('every text that begins with %j is before %j', (prefix, after) => {
  expect(afterPrefix(prefix)).toBe(after)
})
