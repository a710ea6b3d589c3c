import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../src/json.js'
import { propertiesAsText, propertiesOfText } from '../src/rules/text-properties.js'

const always = () => true
const never = () => false

describe('properties as text', () => {
  it('are those that are asked for, and no scalar', () => {
    const data = { a: [1], b: 'text', c: null, d: 1 }
    expect(propertiesAsText(data, always)).toEqual({ ...data, a: { '%json': '[1]' } })
  })

  it('are those that look like one, whatever is asked for', () => {
    const data = { a: { '%json': 1 }, b: { '%json': '[1]' }, c: [{ '%json': '1' }] }
    expect(propertiesAsText(data, never)).toEqual({
      a: { '%json': '{"%json":1}' },
      b: { '%json': '{"%json":"[1]"}' },
      c: data.c,
    })
  })

  it('that are none leave the object itself', () => {
    const data = { a: [1] }
    expect(propertiesAsText(data, never)).toBe(data)
    expect(propertiesOfText(data)).toBe(data)
  })

  it('come back as they were', () => {
    const key = fc.constantFrom('a', '%json', '__proto__', '')
    const data = fc.dictionary(fc.string(), fc.anything({ key, values: [fc.string(), fc.boolean(), fc.integer()] }))
    fc.assert(
      fc.property(data, fc.func(fc.boolean()), (any, asText) => {
        const json = JSON.parse(JSON.stringify(any)) as JsonObject
        expect(propertiesOfText(propertiesAsText(json, asText))).toEqual(json)
      }),
      { seed: 20_261_123 },
    )
  })
})
