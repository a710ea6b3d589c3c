import { describe, expect, it } from 'vitest'
import { ByText } from '../src/rules/by-text.js'

describe('a map by long texts', () => {
  /** Alike in length, and wherever is looked. */
  const alike = Array.from({ length: 1000 }, (_, i) => {
    const quarter = 'x'.repeat(100)
    return `${quarter}${String(i).padStart(4, '0')}${quarter}${quarter}${quarter}`
  })

  it('tells apart what is alike where it looks', () => {
    const map = new ByText<number>()
    expect(alike.map((text, i) => map.set(text, i))).toEqual(alike.map(() => true))
    expect(map.size).toBe(alike.length)
    expect(alike.map((text) => map.get(text))).toEqual(alike.map((_, i) => i))
    expect(map.get(alike[0]!.replaceAll('0', '-'))).toBeUndefined()
  })

  it('knows what was there before, and has its last value', () => {
    const map = new ByText<string>()
    for (const text of ['', 'short', 'long'.repeat(100), ...alike.slice(0, 3)]) {
      expect(map.get(text)).toBeUndefined()
      expect(map.set(text, 'first')).toBe(true)
      expect(map.set(`${text} `.slice(0, -1), 'second')).toBe(false)
      expect(map.get(text)).toBe('second')
    }
    expect(map.size).toBe(6)
  })
})
