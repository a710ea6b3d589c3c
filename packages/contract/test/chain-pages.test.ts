import { describe, expect, test } from 'vitest'
import { ChainCheck } from '../src/rules/chain.js'
import { at, CHAIN, resultOf } from './chain-of-four.js'

describe('what is told', () => {
  test('of a whole chain: its length and its end', () => {
    expect(resultOf({})).toEqual({ status: 'ok', stream: 'main', entries: 4, head: at(4) })
  })

  test('of another: how much was read, the wrong one included', () => {
    expect(resultOf({ links: CHAIN.filter((_, i) => i !== 1) })).toMatchObject({
      status: 'tampered',
      stream: 'main',
      entries: 2,
      seq: 2,
    })
  })

  test('whether reading on is of use', () => {
    const check = new ChainCheck('acme', 'main', [])
    check.add(CHAIN.slice(0, 1))
    const before = check.failed
    check.add(CHAIN.slice(2))
    expect([before, check.failed]).toEqual([false, true])
  })

  test('where to read on', () => {
    const check = new ChainCheck('acme', 'main', [])
    const lasts = [check.last]
    for (const links of [CHAIN.slice(0, 3), [], CHAIN.slice(3)]) {
      check.add(links)
      lasts.push(check.last)
    }
    expect(lasts).toEqual([0, 3, 3, 4])
  })
})

describe('how many links are read next', () => {
  const sized = (text: number) => CHAIN.slice(0, 1).map(({ entry }) => ({ entry, text: ' '.repeat(text) }))

  test.each([
    ['a hundred at first', [], 100],
    ['as many as before where nothing was read', [[]], 100],
    ['a thousand at most', [sized(7_999)], 1000],
    ['a thousand of eight thousand characters', [sized(8_000)], 1000],
    ['a few less of a few more', [sized(8_001)], 999],
    ['as many as there is room for, by several', [[...sized(8_001), ...sized(8_001)]], 999],
    ['one at least', [sized(8_000_001)], 1],
    ['by the last that were read', [sized(8_000_000), sized(4_000_000)], 2],
  ])('%s', (_, pages, wanted) => {
    const check = new ChainCheck('acme', 'main', [])
    for (const page of pages) check.add(page)
    expect(check.wanted).toBe(wanted)
  })
})
