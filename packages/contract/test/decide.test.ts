import { describe, expect, test } from 'vitest'
import type { Approval, Decision } from '../src/approval.js'
import { boundHash } from '../src/rules/bound.js'
import { cancelStep, consumeStep, decideStep, expireStep, wins } from '../src/rules/decide.js'
import { ENDED, NOW, no, pending, vote, yes } from './pending-approval.js'
import { fieldsOf } from './refused-fields.js'

const MIB_2 = 'x'.repeat(2_097_152)
const MIB_6 = MIB_2.repeat(3)

describe('a decision', () => {
  test.each(ENDED)('does nothing to an approval that is %s', (status) => {
    expect(decideStep(pending({ status }), yes('ann'), NOW)).toBeUndefined()
  })

  test('approves with the first vote unless told, and leaves all that was asked', () => {
    const asked = pending({ args: { a: 1 }, context: { b: 2 }, dueAt: 5, expiresAt: NOW + 1 })
    expect(decideStep(asked, yes('ann', { reason: 'fine', resolution: { c: 3 } }), NOW)).toEqual({
      approval: {
        ...asked,
        status: 'approved',
        version: 2,
        votes: [{ by: 'ann', decision: 'approved', at: NOW, reason: 'fine' }],
        resolution: { by: 'ann', at: NOW, reason: 'fine', data: { c: 3 } },
      },
      event: { type: 'approved', at: NOW, by: 'ann', reason: 'fine' },
    })
  })

  test('has no reason and no data that nobody gave', () => {
    const { approval } = decideStep(pending(), yes('ann'), NOW)!
    expect([approval.votes, approval.resolution]).toStrictEqual([
      [{ by: 'ann', decision: 'approved', at: NOW }],
      { by: 'ann', at: NOW },
    ])
  })

  test.each([null, false, 0, ''])('may supply %j', (resolution) => {
    expect(decideStep(pending(), yes('ann', { resolution }), NOW)?.approval.resolution?.data).toBe(resolution)
  })

  test('keeps an empty reason', () => {
    const { approval } = decideStep(pending(), yes('ann', { reason: '' }), NOW)!
    expect([approval.votes[0]?.reason, approval.resolution?.reason]).toEqual(['', ''])
  })

  test.each<[string, Partial<Approval>, Partial<Decision>, string[]]>([
    ['data for which there is no room', { context: { text: MIB_6 } }, { resolution: [MIB_6, ''] }, ['resolution']],
    ['no data beside more than there is room for', { context: { text: MIB_6, more: MIB_6 } }, {}, []],
    ['a reason for which there is no room', {}, { reason: MIB_2 }, ['reason']],
    ['a reason beside others', { votes: [{ ...vote('bob'), reason: MIB_2.slice(3) }] }, { reason: '' }, ['reason']],
    ['a reason that just fits', { votes: [{ ...vote('bob'), reason: MIB_2.slice(4) }] }, { reason: '' }, []],
    ['no reason beside more than there is room for', { votes: [{ ...vote('bob'), reason: MIB_2 }] }, {}, []],
  ])('with %s', (_, fields, more, refused) => {
    expect(fieldsOf(() => decideStep(pending(fields), yes('ann', more), NOW))).toEqual(refused)
  })

  test('is named where it is refused', () => {
    const decide = () => decideStep(pending(), yes('ann', { resolution: [MIB_6, MIB_6] }), NOW)
    expect(decide).toThrow(/^decision: resolution: makes /)
  })

  test('does not change the approval it was given', () => {
    const approval = pending({ votes: [vote('bob')], policy: { quorum: 3 } })
    const before = structuredClone(approval)
    decideStep(approval, { ...yes('ann'), repairs: [{ field: 'reason', reason: 'cut' }] }, NOW)
    expect(approval).toEqual(before)
  })

  test('adds its marks to those of the request', () => {
    const asked = pending({ repairs: [{ field: 'context.a', reason: 'one' }] })
    const { approval } = decideStep(asked, { ...yes('ann'), repairs: [{ field: 'reason', reason: 'two' }] }, NOW)!
    expect(approval.repairs?.map(({ field }) => field)).toEqual(['context.a', 'reason'])
  })
})

describe('a quorum', () => {
  const two = { quorum: 2 }

  test.each([
    ['one of two', two, [], 'pending', 'voted'],
    ['two of two', two, [vote('bob')], 'approved', 'approved'],
    ['two of three', { quorum: 3 }, [vote('bob')], 'pending', 'voted'],
    ['more than asked', { quorum: 1 }, [vote('bob'), vote('cid')], 'approved', 'approved'],
  ] as const)('with %s', (_, policy, votes, status, type) => {
    const done = decideStep(pending({ policy, votes: [...votes] }), yes('ann'), NOW)
    expect([done?.approval.status, done?.event.type]).toEqual([status, type])
  })

  test('keeps with a vote what was supplied, and with the last one in the resolution alone', () => {
    const first = decideStep(pending({ policy: two }), yes('ann', { resolution: { c: 3 } }), NOW)!
    expect(first.approval.votes).toEqual([{ by: 'ann', decision: 'approved', at: NOW, data: { c: 3 } }])
    const { approval } = decideStep(first.approval, yes('bob', { resolution: 4 }), NOW)!
    expect(approval.votes).toEqual([...first.approval.votes, { by: 'bob', decision: 'approved', at: NOW }])
    expect(approval.resolution).toEqual({ by: 'bob', at: NOW, data: 4 })
  })

  test('is not told twice by one person: a repeat is no step', () => {
    expect(decideStep(pending({ policy: two, votes: [vote('ann')] }), yes('ann'), NOW)).toBeUndefined()
  })

  test('has the votes of others when one changes their mind', () => {
    const asked = pending({ policy: { quorum: 3 }, votes: [vote('ann', 'rejected'), vote('bob')] })
    const { approval, event } = decideStep(asked, yes('ann'), NOW)!
    expect([event.type, approval.votes.map(({ by, decision }) => `${by} ${decision}`)]).toEqual([
      'voted',
      ['bob approved', 'ann approved'],
    ])
  })

  test('counts votes for it only', () => {
    const asked = pending({ policy: two, votes: [vote('bob', 'rejected')] })
    expect(decideStep(asked, yes('ann'), NOW)?.approval.status).toBe('pending')
  })

  test('has no resolution before it is met', () => {
    expect(decideStep(pending({ policy: two }), yes('ann', { resolution: 1 }), NOW)?.approval).not.toHaveProperty(
      'resolution',
    )
  })

  test('is nothing to a rejection, whose votes stay', () => {
    const done = decideStep(pending({ policy: { quorum: 3 }, votes: [vote('bob')] }), no('ann', { reason: 'no' }), NOW)
    expect(done).toMatchObject({
      approval: {
        status: 'rejected',
        votes: [vote('bob'), { by: 'ann', decision: 'rejected', at: NOW, reason: 'no' }],
        resolution: { by: 'ann', at: NOW, reason: 'no' },
      },
      event: { type: 'rejected', at: NOW, by: 'ann', reason: 'no' },
    })
  })
})

describe('who may vote', () => {
  test.each([
    ['an approver', { approvers: ['ann', 'bob'] }, true],
    ['another', { approvers: ['bob'] }, false],
    ['anybody where nobody is named', {}, true],
    ['the requester, unless they are excluded', { excludeRequester: false }, true],
    ['the requester who is excluded', { excludeRequester: true }, false],
    ['the requester who is excluded and named', { excludeRequester: true, approvers: ['ann', 'bob'] }, false],
  ])('%s', (_, policy, may) => {
    const decide = () => decideStep(pending({ policy, requestedBy: 'ann' }), yes('ann'), NOW)?.approval.status
    if (may) expect(decide()).toBe('approved')
    else {
      expect(fieldsOf(decide)).toEqual(['by'])
      expect(decide).toThrow(expect.objectContaining({ code: 'invalid' }))
    }
  })

  test('a rejection is asked the same', () => {
    expect(() => decideStep(pending({ policy: { approvers: ['bob'] } }), no('ann'), NOW)).toThrow('decision: by')
  })

  test('another than the requester who is excluded', () => {
    const asked = pending({ policy: { excludeRequester: true }, requestedBy: 'bob' })
    expect(decideStep(asked, yes('ann'), NOW)?.approval.status).toBe('approved')
  })
})

describe('the winner', () => {
  const taking = (decision: Decision, policy = {}) => decideStep(pending({ policy }), decision, NOW)

  test.each([
    ['resolves it', () => taking(yes('ann')), yes('ann'), true],
    ['rejects it', () => taking(no('ann')), no('ann'), true],
    ['is not a voter short of the quorum', () => taking(yes('ann'), { quorum: 2 }), yes('ann'), false],
    ['is not who decided otherwise', () => taking(no('ann')), yes('ann'), false],
    ['is not somebody else', () => taking(yes('bob')), yes('ann'), false],
    ['is nobody where nothing happened', () => undefined, yes('ann'), false],
    [
      'is nobody where it rejects on expiry',
      () => expireStep(pending({ expiresAt: 1, policy: { onExpiry: 'rejected' } })),
      no('ann'),
      false,
    ],
  ])('%s', (_, done, decision, won) => {
    expect(wins(done(), decision)).toBe(won)
  })
})

test('no step is earlier than the one before, whatever the clock says', () => {
  const argsHash = boundHash(undefined, undefined)
  const first = decideStep(pending({ argsHash, requestedAt: 50, policy: { quorum: 2 } }), yes('ada'), 40)!
  expect(first.event.at).toBe(50)
  expect(first.approval.votes[0]!.at).toBe(50)
  const voted = { ...first.approval, votes: [{ ...first.approval.votes[0]!, at: 70 }] }
  expect(cancelStep(voted, { by: 'ann' }, 60)).toMatchObject({
    event: { at: 70 },
    approval: { resolution: { at: 70 } },
  })
  const second = decideStep(voted, yes('bob'), 60)!
  expect(second).toMatchObject({ event: { at: 70 }, approval: { resolution: { at: 70 } } })
  expect(consumeStep({ ...second.approval, resolution: { by: 'bob', at: 80 } }, undefined, 60).event.at).toBe(80)
  expect(consumeStep(second.approval, undefined, 90).event.at).toBe(90)
})
