import { describe, expect, test } from 'vitest'
import { cancelStep, consumeStep } from '../src/rules/decide.js'
import { HASH, NOW, pending, vote } from './pending-approval.js'

describe('spending', () => {
  const approved = pending({ status: 'approved', version: 2, resolution: { by: 'ann', at: 5 }, votes: [vote('ann')] })

  test('makes an approved one consumed and leaves its resolution', () => {
    expect(consumeStep(approved, HASH, NOW)).toEqual({
      approval: { ...approved, status: 'consumed', version: 3 },
      event: { type: 'consumed', at: NOW },
    })
  })

  test('works after the end of one that was granted in time', () => {
    expect(consumeStep({ ...approved, expiresAt: 10 }, HASH, NOW).approval.status).toBe('consumed')
  })

  test.each(['pending', 'rejected', 'expired', 'cancelled', 'consumed'] as const)('refuses what is %s', (status) => {
    expect(() => consumeStep({ ...approved, status }, HASH, NOW)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        retryable: false,
        message: expect.stringMatching(status === 'consumed' ? 'spent' : status),
      }),
    )
  })

  test.each(['0', 'b'])('refuses other arguments: %s', (digit) => {
    expect(() => consumeStep(approved, `${digit}${HASH.slice(1)}`, NOW)).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining('not those that were approved') }),
    )
  })
})

describe('cancelling', () => {
  test('resolves a pending one, and says by whom and why', () => {
    const asked = pending({ votes: [vote('bob')] })
    expect(cancelStep(asked, { by: 'ann', reason: 'late' }, NOW)).toEqual({
      approval: { ...asked, status: 'cancelled', version: 2, resolution: { by: 'ann', at: NOW, reason: 'late' } },
      event: { type: 'cancelled', at: NOW, by: 'ann', reason: 'late' },
    })
  })

  test('has no reason that nobody gave', () => {
    expect(cancelStep(pending(), { by: 'ann' }, NOW)?.approval.resolution).toStrictEqual({ by: 'ann', at: NOW })
  })

  test('keeps the mark of its reason', () => {
    const repairs = [{ field: 'reason', reason: 'replaced' }]
    expect(cancelStep(pending(), { by: 'ann', repairs }, NOW)?.approval.repairs).toEqual(repairs)
  })

  test('is nothing the second time', () => {
    expect(cancelStep(pending({ status: 'cancelled' }), { by: 'ann' }, NOW)).toBeUndefined()
  })

  test.each(['approved', 'rejected', 'expired', 'consumed'] as const)('refuses what is %s', (status) => {
    expect(() => cancelStep(pending({ status }), { by: 'ann' }, NOW)).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining(status) }),
    )
  })
})
