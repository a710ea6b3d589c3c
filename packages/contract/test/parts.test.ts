import { describe, expect, test } from 'vitest'
import { partsOf } from '../src/rules/parts.js'

describe('parts of at most 10', () => {
  test.each<[string, number[], number[][]]>([
    ['of nothing are none', [], []],
    ['take what fits exactly', [4, 6, 1], [[4, 6], [1]]],
    ['end before what does not fit', [4, 7], [[4], [7]]],
    ['hold one that is larger, alone', [1, 11, 1], [[1], [11], [1]]],
    ['begin with one that is larger', [11, 1], [[11], [1]]],
    ['take what has no size', [10, 0, 0], [[10, 0, 0]]],
  ])('%s', (_, items, parts) => {
    expect([...partsOf(items, (size) => size, 10)]).toEqual(parts)
  })
})
