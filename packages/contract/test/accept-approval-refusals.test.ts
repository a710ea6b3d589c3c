import { describe, expect, test } from 'vitest'
import type { ApprovalInput } from '../src/approval.js'
import { acceptApproval, acceptArgs, acceptCancellation, sameRequest } from '../src/rules/accept-approval.js'

const CALL = { runId: 'r', toolCallId: 'c' }
const meet = (wanted: ApprovalInput, stored: ApprovalInput) => () =>
  sameRequest(acceptApproval(wanted, 1), acceptApproval(stored, 2))

describe('a request that meets another', () => {
  test.each<[string, ApprovalInput]>([
    ['another tool', { tool: 't' }],
    ['other arguments', { args: 1 }],
    ['another type', { type: 'audit' }],
    ['another policy', { policy: { quorum: 2 } }],
  ])('is told that it comes with %s, and what to do', (what, fields) => {
    expect(meet({ ...CALL, ...fields }, CALL)).toThrow(
      expect.objectContaining({
        code: 'conflict',
        message: expect.stringMatching(new RegExp(`with ${what}; .* stepId$`)),
      }),
    )
  })

  test.each<[string, ApprovalInput, ApprovalInput]>([
    ['of another call', { id: 'a', ...CALL, stepId: 'p' }, { id: 'a', ...CALL }],
    ['of no call', { id: 'a', tool: 't' }, { id: 'a' }],
    ['of no call, in one run', { id: 'a', runId: 'r', tool: 't' }, { id: 'a', runId: 'r' }],
  ])('under the id %s is told to have one of its own', (_, wanted, stored) => {
    expect(meet(wanted, stored)).toThrow(
      expect.objectContaining({
        code: 'already_exists',
        message: expect.stringMatching(/ id is taken .*; .* new id$/),
      }),
    )
  })
})

test.each<[string, string, () => unknown]>([
  ['cancellation', 'by', () => acceptCancellation('')],
  ['consume', 'args', () => acceptArgs('\0')],
])('a refusal says of what it is: %s', (what, field, attempt) => {
  expect(attempt).toThrow(new RegExp(`^${what}: ${field}: `))
})
