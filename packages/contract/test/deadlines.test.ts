import { expect, test } from 'vitest'
import { nextDeadline, remindStep } from '../src/rules/deadlines.js'
import { decideStep } from '../src/rules/decide.js'
import { pending, vote, yes } from './pending-approval.js'

const escalation = [
  { after: 100, approvers: ['kim'] },
  { after: 500, approvers: ['lee'] },
]
const asked = pending({ requestedAt: 1_000, dueAt: 1_300, policy: { approvers: ['ann'], escalation } })

test('deadlines come in the order of their times', () => {
  expect([0, 1, 2, 3].map((reminded) => nextDeadline(asked, reminded))).toEqual([1_100, 1_300, 1_500, undefined])
})

test('what is due comes before an escalation at the same time', () => {
  const same = { ...asked, dueAt: 1_100 }
  expect([0, 1].map((reminded) => remindStep(same, reminded, 2_000)?.event.type)).toEqual(['due', 'escalated'])
})

test('a deadline is told of when it has passed, at its own time', () => {
  expect(remindStep(asked, 0, 1_099)).toBeUndefined()
  expect(remindStep(asked, 0, 1_100)).toMatchObject({
    approval: { ...asked, version: 2 },
    event: { type: 'escalated', at: 1_100, by: 'freehold:expiry', reason: 'nobody decided in 0.1 s; step 1 of 2' },
  })
})

test('the time of a deadline is never before that of an earlier step', () => {
  expect(remindStep({ ...asked, votes: [{ ...vote('ann'), at: 1_200 }] }, 0, 1_400)?.event.at).toBe(1_200)
})

test.each([
  ['decided', { status: 'approved' as const }],
  ['past its end', { expiresAt: 1_050 }],
])('nothing is told of one that is %s', (_, fields) => {
  expect(remindStep({ ...asked, ...fields }, 0, 2_000)).toBeUndefined()
})

test('nothing is told twice', () => {
  expect(remindStep(asked, 3, 9_000)).toBeUndefined()
})

test.each([
  ['ann', 1_000],
  ['kim', 1_100],
  ['ann', 1_600],
  ['kim', 1_600],
  ['lee', 1_500],
])('%s may vote at %i', (by, now) => {
  expect(decideStep(asked, yes(by), now)?.approval.status).toBe('approved')
})

test.each([
  ['kim', 1_099],
  ['lee', 1_499],
  ['bob', 9_000],
])('%s may not vote at %i', (by, now) => {
  expect(() => decideStep(asked, yes(by), now)).toThrow(expect.objectContaining({ code: 'invalid' }))
})
