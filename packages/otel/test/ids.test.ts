import { describe, expect, it, vi } from 'vitest'
import { fromId } from '../src/otlp-values.js'

describe('an id that is longer than any', () => {
  it.each([8, 16] as const)('of %i bytes is not looked at', (bytes) => {
    const replace = vi.spyOn(String.prototype, 'replace')
    const ids = [`${'='.repeat(1_000)}x`, '='.repeat(1_000), `${'A'.repeat(11)}${'='.repeat(bytes * 2)}`]
    const read = ids.map((id) => fromId(id, bytes))
    const looked = replace.mock.calls.length
    replace.mockRestore()
    expect([read, looked]).toEqual([[undefined, undefined, undefined], 0])
  })

  it.each([
    [8, 'AAAAAAAAAAE=', '0000000000000001'],
    [8, 'AAAAAAAAAAE', '0000000000000001'],
    [16, 'AAAAAAAAAAAAAAAAAAAAAQ==', '00000000000000000000000000000001'],
  ] as const)('is none of those of %i bytes: %s', (bytes, id, hex) => {
    expect(fromId(id, bytes)).toBe(hex)
  })
})
