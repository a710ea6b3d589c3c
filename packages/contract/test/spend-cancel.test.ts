import { describe, expect, test } from 'vitest'
import { boundHash } from '../src/rules/bound.js'
import { cancelStep, completeStep, consumeStep } from '../src/rules/decide.js'
import { NOW, pending, vote } from './pending-approval.js'

const ARGS = { order: 7, why: 'broken' }
const argsHash = boundHash(ARGS, undefined)

describe('spending', () => {
  const approved = pending({
    argsHash,
    status: 'approved',
    version: 2,
    resolution: { by: 'ann', at: 5 },
    votes: [vote('ann')],
  })

  test('makes an approved one consumed and leaves its resolution', () => {
    expect(consumeStep(approved, ARGS, NOW)).toEqual({
      approval: { ...approved, status: 'consumed', version: 3 },
      event: { type: 'consumed', at: NOW },
    })
  })

  test('works after the end of one that was granted in time', () => {
    expect(consumeStep({ ...approved, expiresAt: 10 }, ARGS, NOW).approval.status).toBe('consumed')
  })

  test.each(['pending', 'rejected', 'expired', 'cancelled', 'consumed'] as const)('refuses what is %s', (status) => {
    expect(() => consumeStep({ ...approved, status }, ARGS, NOW)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        retryable: false,
        message: expect.stringMatching(status === 'consumed' ? 'spent' : status),
      }),
    )
  })

  test.each([{}, { order: 7 }, { ...ARGS, more: 1 }, [ARGS], undefined])('refuses other arguments: %j', (args) => {
    expect(() => consumeStep(approved, args, NOW)).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining('not those that were approved') }),
    )
  })

  const bound = { ...approved, bind: ['order'], argsHash: boundHash(ARGS, ['order']) }

  test.each([ARGS, { order: 7 }, { order: 7, why: 'it broke' }])('takes what binds as it was: %j', (args) => {
    expect(consumeStep(bound, args, NOW).approval.status).toBe('consumed')
  })

  test.each([{}, { order: '7' }, { order: 8 }, [7], 7, null, undefined])(
    'refuses other values that bind: %j',
    (args) => {
      expect(() => consumeStep(bound, args, NOW)).toThrow(expect.objectContaining({ code: 'conflict' }))
    },
  )

  test('of what only records needs no decision', () => {
    expect(consumeStep(pending({ argsHash, type: 'audit' }), ARGS, NOW).approval.status).toBe('consumed')
  })
})

describe('completing', () => {
  const spent = pending({ status: 'consumed', version: 3, resolution: { by: 'ann', at: 5 } })

  test.each(['executed', 'failed'] as const)('tells that it %s', (outcome) => {
    expect(completeStep(spent, { outcome, reason: 'so' }, NOW)).toEqual({
      approval: { ...spent, status: outcome, version: 4 },
      event: { type: outcome, at: NOW, reason: 'so' },
    })
    expect(completeStep(spent, { outcome, by: 'ann' }, NOW)?.event).toEqual({ type: outcome, at: NOW, by: 'ann' })
    expect(completeStep({ ...spent, status: outcome }, { outcome }, NOW)).toBeUndefined()
  })

  test.each(['pending', 'approved', 'rejected', 'expired', 'cancelled', 'executed'] as const)(
    'refuses what is %s',
    (status) => {
      expect(() => completeStep({ ...spent, status }, { outcome: 'failed' }, NOW)).toThrow(
        expect.objectContaining({ code: 'conflict', message: expect.stringContaining(status) }),
      )
    },
  )
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
