import { describe, expect, test } from 'vitest'
import type { Approval } from '../src/approval.js'
import type { StoreError } from '../src/errors.js'
import {
  acceptApproval,
  acceptArgs,
  acceptCancellation,
  acceptCompletion,
  acceptDecision,
  sameRequest,
} from '../src/rules/accept-approval.js'
import { argsHash } from '../src/rules/canonical.js'
import { EXPIRY_ACTOR } from '../src/rules/decide.js'
import { fieldsOf } from './refused-fields.js'

const NOW = 1000
/** SHA-256 of `null`. */
const OF_NULL = '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b'

const request = (fields: object = {}) => acceptApproval({ id: 'a', ...fields }, NOW)
const names = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`)

describe('a request', () => {
  test('is filled in where nothing was told', () => {
    expect(request()).toEqual({
      id: 'a',
      type: 'required',
      pauseType: 'confirmation',
      status: 'pending',
      argsHash: OF_NULL,
      requestedAt: NOW,
      policy: {},
      votes: [],
      version: 1,
    })
  })

  test('gets an id of its own', () => {
    expect(request({ id: undefined }).id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('keeps all that it tells', () => {
    const told = {
      type: 'audit',
      pauseType: 'user_input',
      runId: 'r',
      sessionId: 's',
      stepId: 'p',
      toolCallId: 'c',
      tool: 't',
      agentId: 'g',
      teamId: 'm',
      workflowId: 'w',
      args: { b: 1, a: [2] },
      requestedBy: 'u',
      policy: { quorum: 2, approvers: ['x', 'y'], excludeRequester: true, onExpiry: 'rejected' },
      context: { k: 1 },
      dueAt: 5,
      expiresAt: 6,
    }
    expect(request(told)).toMatchObject(told)
  })

  test.each<[unknown, unknown]>([
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [null, undefined],
    [1, 1.0],
  ])('of %j has the hash of %j', (args, other) => {
    expect([request({ args }).argsHash, argsHash(acceptArgs(other as never).args)]).toEqual([
      argsHash(acceptArgs(args as never).args),
      request({ args: other }).argsHash,
    ])
  })

  test.each<[object, string[]]>([
    [{ toolCallId: 'c' }, ['runId']],
    [{ runId: 'r' }, []],
    [{ tool: 'x'.repeat(256) }, ['tool']],
    [{ type: 'x' }, ['type']],
    [{ pauseType: 'x' }, ['pauseType']],
    [{ context: [] }, ['context']],
    [{ dueAt: -1 }, ['dueAt']],
    [{ expiresAt: null }, ['expiresAt']],
    [{ status: 'approved' }, ['status']],
    [{ votes: [] }, ['votes']],
    [{ args: { n: Number.NaN } }, ['args.n']],
    [{ args: { n: '\0' } }, ['args.n']],
    [{ tool: 'a\0' }, ['tool']],
  ])('%j is refused by %j', (fields, refused) => {
    expect(fieldsOf(() => request(fields))).toEqual(refused)
  })
})

describe('a policy', () => {
  test.each<[object, string[]]>([
    [{ quorum: 1 }, []],
    [{ quorum: 1000 }, []],
    [{ quorum: 0 }, ['policy.quorum']],
    [{ quorum: 1001 }, ['policy.quorum']],
    [{ quorum: 1.5 }, ['policy.quorum']],
    [{ quorum: null }, ['policy.quorum']],
    [{ approvers: ['x'] }, []],
    [{ approvers: [] }, ['policy.quorum']],
    [{ approvers: names(1000) }, []],
    [{ approvers: names(1001) }, ['policy.approvers']],
    [{ approvers: 'x' }, ['policy.approvers']],
    [{ approvers: null }, ['policy.approvers']],
    [{ approvers: ['x', ''] }, ['policy.approvers.1']],
    [{ approvers: ['x', 7, 'x'.repeat(129)] }, ['policy.approvers.1', 'policy.approvers.2']],
    [{ approvers: ['x', 'y'], quorum: 2 }, []],
    [{ approvers: ['x', 'x'], quorum: 2 }, ['policy.quorum']],
    [{ approvers: ['x'], quorum: 2 }, ['policy.quorum']],
    [{ approvers: ['me', 'x'], quorum: 2, excludeRequester: true }, ['policy.quorum']],
    [{ approvers: ['me', 'x'], excludeRequester: true }, []],
    [{ approvers: ['me'], excludeRequester: true }, ['policy.quorum']],
    [{ approvers: ['me', 'x'], quorum: 2, excludeRequester: false }, []],
    [{ excludeRequester: 'yes' }, ['policy.excludeRequester']],
    [{ onExpiry: 'approved' }, ['policy.onExpiry']],
    [{ onExpiry: 'expired' }, []],
    [{ voters: 2 }, ['policy.voters']],
  ])('%j is refused by %j', (policy, refused) => {
    expect(fieldsOf(() => request({ policy, requestedBy: 'me' }))).toEqual(refused)
  })

  test('that excludes the requester needs one', () => {
    expect(fieldsOf(() => request({ policy: { excludeRequester: true } }))).toEqual(['policy.excludeRequester'])
  })

  test('names each approver once, in one order', () => {
    expect(request({ policy: { approvers: ['b', 'a', 'b', 'B'] } }).policy.approvers).toEqual(['B', 'a', 'b'])
  })
})

describe('a request that meets another', () => {
  const call = { runId: 'r', toolCallId: 'c', tool: 't', args: { a: 1 } }
  const met = (wanted: object, stored: object) => {
    const there: Approval = { ...request({ ...call, ...stored }), id: 'there', status: 'approved', version: 9 }
    try {
      return sameRequest(request({ ...call, ...wanted }), there) === there ? 'same' : 'another'
    } catch (error) {
      return (error as StoreError).code
    }
  }

  test.each<[string, object, object, string]>([
    ['is the same', {}, {}, 'same'],
    ['has other times', { dueAt: 1, expiresAt: 2 }, { dueAt: 3 }, 'same'],
    ['has another context', { context: { a: 1 } }, { context: { b: 1 } }, 'same'],
    ['has its keys in another order', { args: { b: 1, a: 1 } }, { args: { a: 1, b: 1 } }, 'same'],
    [
      'has its approvers in another order',
      { policy: { approvers: ['a', 'b'] } },
      { policy: { approvers: ['b', 'a'] } },
      'same',
    ],
    ['has other arguments', { args: { a: 2 } }, {}, 'conflict'],
    ['has another tool', { tool: 'u' }, {}, 'conflict'],
    ['has another policy', { policy: { quorum: 2 } }, {}, 'conflict'],
    ['has another type', { type: 'audit' }, {}, 'conflict'],
    ['has another pause', { pauseType: 'user_input' }, {}, 'conflict'],
    ...['sessionId', 'agentId', 'teamId', 'workflowId', 'requestedBy'].map(
      (field): [string, object, object, string] => [`has another ${field}`, { [field]: 'x' }, {}, 'conflict'],
    ),
    ['is of another run', { runId: 'x' }, {}, 'already_exists'],
    ['is another call', { toolCallId: 'x' }, {}, 'already_exists'],
    ['is no call', { toolCallId: undefined }, {}, 'already_exists'],
    ['is no call, as that is', { toolCallId: undefined, tool: 'u' }, { toolCallId: undefined }, 'already_exists'],
  ])('%s', (_, wanted, stored, outcome) => {
    expect(met(wanted, stored)).toBe(outcome)
  })
})

describe('a decision', () => {
  const decide = (fields: object) => acceptDecision({ decision: 'approved', by: 'ann', ...fields } as never)

  test.each<[object, string[]]>([
    [{}, []],
    [{ decision: 'rejected' }, []],
    [{ decision: 'expired' }, ['decision']],
    [{ decision: undefined }, ['decision']],
    [{ by: undefined }, ['by']],
    [{ by: '' }, ['by']],
    [{ by: null }, ['by']],
    [{ by: EXPIRY_ACTOR }, ['by']],
    [{ by: 'x'.repeat(128) }, []],
    [{ by: 'x'.repeat(129) }, ['by']],
    [{ reason: 'x'.repeat(10_000) }, []],
    [{ reason: 'x'.repeat(10_001) }, ['reason']],
    [{ reason: null }, ['reason']],
    [{ resolution: null }, []],
    [{ resolution: 10n }, ['resolution']],
    [{ at: 1 }, ['at']],
  ])('%o is refused by %j', (fields, refused) => {
    expect(fieldsOf(() => decide(fields))).toEqual(refused)
  })

  test('keeps all that it tells', () => {
    expect(decide({ reason: '', resolution: null })).toEqual({
      decision: 'approved',
      by: 'ann',
      reason: '',
      resolution: null,
    })
  })

  test('has no mark of what was not repaired', () => {
    expect(decide({})).toEqual({ decision: 'approved', by: 'ann' })
  })
})

describe('a cancellation', () => {
  test.each<[unknown, unknown, string[]]>([
    ['ann', undefined, []],
    ['ann', '', []],
    [undefined, undefined, ['by']],
    ['', 'x'.repeat(10_001), ['by', 'reason']],
  ])('by %j is refused by field', (by, reason, refused) => {
    expect(fieldsOf(() => acceptCancellation(by as never, reason as never))).toEqual(refused)
  })

  test('tells who and why', () => {
    expect(acceptCancellation('ann', 'late')).toEqual({ by: 'ann', reason: 'late' })
  })
})

test.each([Number.NaN, '\0'])(
  'arguments that are no JSON, or not as given, are refused where they are spent: %j',
  (a) => {
    expect(fieldsOf(() => acceptArgs({ a }))).toEqual(['args.a'])
  },
)

describe('the actor of an expiry', () => {
  test('is nobody who may decide, cancel or be named', () => {
    expect(fieldsOf(() => acceptCancellation(EXPIRY_ACTOR))).toEqual(['by'])
    expect(fieldsOf(() => acceptCompletion({ outcome: 'failed', by: EXPIRY_ACTOR }))).toEqual(['by'])
    expect(fieldsOf(() => request({ policy: { approvers: ['ann', EXPIRY_ACTOR] } }))).toEqual(['policy.approvers.1'])
  })

  test('and holes are no approvers either', () => {
    expect(fieldsOf(() => request({ policy: { approvers: new Array(2) } }))).toEqual([
      'policy.approvers.0',
      'policy.approvers.1',
    ])
  })
})
