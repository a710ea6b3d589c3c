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
