import { describe, expect, test } from 'vitest'
import { at, CHAIN, newCheck, resultOf } from './chain-of-four.js'

describe('what is told', () => {
  test('of a whole chain: its length and its end', () => {
    expect(resultOf({})).toEqual({ status: 'ok', stream: 'main', entries: 4, from: at(0), head: at(4) })
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
    const check = newCheck()
    check.add(CHAIN.slice(0, 1))
    const before = check.failed
    check.add(CHAIN.slice(2))
    expect([before, check.failed]).toEqual([false, true])
  })

  test('where to read on', () => {
    const check = newCheck()
    const lasts = [check.last]
    for (const links of [CHAIN.slice(0, 3), [], CHAIN.slice(3)]) {
      check.add(links)
      lasts.push(check.last)
    }
    expect(lasts).toEqual([0, 3, 3, 4])
  })

  test('how far a page leads', () => {
    const told: unknown[] = []
    const check = newCheck({ onProgress: (progress) => told.push(progress) })
    const goesOn = [CHAIN.slice(0, 3), CHAIN.slice(3)].map((links) => check.take(links))
    expect(told).toEqual([
      { stream: 'main', entries: 3, seq: 3, head: at(4) },
      { stream: 'main', entries: 4, seq: 4, head: at(4) },
    ])
    expect(goesOn).toEqual([true, true])
  })

  test('that a page with something wrong is the last', () => {
    expect(newCheck().take(CHAIN.slice(1))).toBe(false)
  })

  test.each([0, 1])('nothing more once it was aborted, %d pages on', (pages) => {
    const control = new AbortController()
    const check = newCheck({ signal: control.signal })
    for (let page = 0; page < pages; page++) check.take(CHAIN.slice(page, page + 1))
    control.abort(new Error('enough'))
    expect(() => check.take(CHAIN.slice(pages))).toThrow('enough')
  })
})
