import { describe, expect, test } from 'vitest'
import { asOf, decideStep, EXPIRY_ACTOR, expireStep, hasExpired } from '../src/rules/decide.js'
import { ENDED, NOW, pending, yes } from './pending-approval.js'

test('nobody who expires it has a name of their own', () => {
  expect(EXPIRY_ACTOR).toBe('freehold:expiry')
})

describe('an approval has expired', () => {
  test.each([
    ['a microsecond before its end', { expiresAt: NOW + 0.001 }, false],
    ['at its end', { expiresAt: NOW }, true],
    ['after its end', { expiresAt: NOW - 1 }, true],
    ['without an end', {}, false],
    ['at the beginning of time', { expiresAt: 0 }, true],
    ...ENDED.map((status) => [`when it is ${status}`, { status, expiresAt: 1 }, false] as const),
  ] as const)('%s', (_, fields, expired) => {
    expect(hasExpired(pending(fields), NOW)).toBe(expired)
  })

  test('reads as expired, at its own end and by nobody', () => {
    expect(asOf(pending({ expiresAt: 900 }), NOW)).toMatchObject({
      status: 'expired',
      version: 2,
      resolution: { by: EXPIRY_ACTOR, at: 900, reason: 'nobody decided in time' },
    })
  })

  test('is not over before it was requested', () => {
    const { approval, event } = expireStep(pending({ requestedAt: 800, expiresAt: 700 }))
    expect([approval.resolution!.at, event.at]).toEqual([800, 800])
  })

  test('reads as it is before its end', () => {
    const approval = pending({ expiresAt: NOW + 1 })
    expect(asOf(approval, NOW)).toBe(approval)
  })

  test('becomes what its policy says', () => {
    expect(expireStep(pending({ expiresAt: 900, policy: { onExpiry: 'rejected' } }))).toMatchObject({
      approval: { status: 'rejected' },
      event: { type: 'rejected', at: 900, by: EXPIRY_ACTOR, reason: 'nobody decided in time' },
    })
  })

  test('is expired by a decision that comes late, which then is no vote', () => {
    const late = decideStep(pending({ expiresAt: NOW }), yes('ann'), NOW)
    expect(late).toMatchObject({ approval: { status: 'expired', votes: [] }, event: { type: 'expired', at: NOW } })
  })

  test('is expired before it is asked who may vote', () => {
    const late = decideStep(pending({ expiresAt: NOW, policy: { approvers: ['bob'] } }), yes('ann'), NOW)
    expect(late?.event.type).toBe('expired')
  })
})
