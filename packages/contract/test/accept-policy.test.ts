import { expect, test } from 'vitest'
import { acceptApproval } from '../src/rules/accept-approval.js'
import { quorumTooLate } from '../src/rules/accept-policy.js'
import { fieldsOf } from './refused-fields.js'

const request = (policy: object, more: object = {}) => acceptApproval({ id: 'a', policy, ...more }, 1_000)
const step = { after: 60_000, approvers: ['kim'] }

test('a policy is kept as it was given, its approvers sorted and once each', () => {
  const policy = { quorum: 2, approvers: ['bob', 'ann', 'bob'], escalation: [{ ...step, approvers: ['lee', 'kim'] }] }
  expect(request(policy).policy).toEqual({
    quorum: 2,
    approvers: ['ann', 'bob'],
    escalation: [{ after: 60_000, approvers: ['kim', 'lee'] }],
  })
})

test('a quorum that those to whom it escalates make up is met', () => {
  expect(request({ quorum: 2, approvers: ['bob'], escalation: [step] }).policy.quorum).toBe(2)
})

test.each([
  ['no list', { approvers: ['a'], escalation: {} }, ['policy.escalation']],
  ['eleven steps', { approvers: ['a'], escalation: Array(11).fill(step) }, ['policy.escalation']],
  ['a step that is none', { approvers: ['a'], escalation: [5] }, ['policy.escalation[0]']],
  ['no time', { approvers: ['a'], escalation: [{ approvers: ['b'] }] }, ['policy.escalation[0].after']],
  ['no approvers', { approvers: ['a'], escalation: [{ after: 5 }] }, ['policy.escalation[0].approvers']],
  [
    'an approver that is none',
    { approvers: ['a'], escalation: [{ after: 5, approvers: [''] }] },
    ['policy.escalation[0].approvers.0'],
  ],
  ['steps in another order', { approvers: ['a'], escalation: [step, step] }, ['policy.escalation[1].after']],
  ['anybody from the start', { escalation: [step] }, ['policy.approvers']],
  ['nobody who may', { approvers: ['a'], escalation: [{ after: 5, approvers: ['a'] }], quorum: 2 }, ['policy.quorum']],
])('refuses %s', (_, policy, fields) => {
  expect(fieldsOf(() => request(policy))).toEqual(fields)
})

test.each([
  ['before that counts', 61_001, undefined],
  ['at that time or later does not', 61_000, ['policy.quorum']],
])('who may vote when an approval ends, counts or not: %s', (_, expiresAt, fields) => {
  const approval = request({ quorum: 2, approvers: ['bob'], escalation: [step] }, { expiresAt })
  expect(quorumTooLate(approval)?.problems.map(({ field }) => field)).toEqual(fields)
})

test('an end before the first escalation refuses no quorum of those who may vote before', () => {
  expect(quorumTooLate(request({ approvers: ['bob'], escalation: [step] }, { expiresAt: 2_000 }))).toBeUndefined()
})
