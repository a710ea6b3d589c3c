import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { ApprovalInput } from '@freehold/contract'
import { law } from '../case.js'
import { atOnce, connections, idsOf, laterThanBefore, refused, upTo, valuesOf } from './support.js'

const CALL = { runId: 'r', toolCallId: 'c', tool: 'refund', args: { order: 7 } }

/** Asking for a decision. */
export const requestCases = [
  law(
    'requesting an approval stores it as pending with the hash of its arguments',
    async ({ storage: { approvals } }) => {
      const input = {
        id: 'a',
        type: 'required',
        pauseType: 'confirmation',
        runId: 'r',
        sessionId: 's',
        stepId: 'p',
        toolCallId: 'c',
        tool: 'refund',
        agentId: 'g',
        teamId: 't',
        workflowId: 'w',
        args: { to: 'ann', amount: 12.5 },
        bind: ['amount', 'to'],
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        requestedBy: 'ann',
        policy: {
          quorum: 2,
          approvers: ['bob', 'eve'],
          escalation: [{ after: 60_000, approvers: ['kim'] }],
          excludeRequester: true,
          onExpiry: 'rejected',
        },
        context: { why: ['broken'] },
        dueAt: 4_000_000_000_000,
        expiresAt: 5_000_000_000_000,
      } as const satisfies ApprovalInput
      const { requestedAt, ...requested } = await approvals.request(input)
      const argsHash = sha256('{"amount":12.5,"to":"ann"}')
      assert.deepEqual(requested, { ...input, argsHash, status: 'pending', votes: [], version: 1 })
      assert.deepEqual(await approvals.get('a'), { ...requested, requestedAt })
    },
  ),

  law('requesting the same tool call of a run twice is one approval', async ({ storage: { approvals } }) => {
    const first = await approvals.request(CALL)
    await laterThanBefore()
    assert.deepEqual(await approvals.request(CALL), first)
    const { approval } = await approvals.decide(first.id, { decision: 'approved', by: 'bob' })
    assert.deepEqual(await approvals.request(CALL), approval)
    assert.deepEqual(idsOf(await approvals.list()), [first.id])
  }),

  law(
    'requesting the same tool call with other arguments, tool or policy is a conflict',
    async ({ storage: { approvals } }) => {
      const first = await approvals.request(CALL)
      for (const other of [{ args: { order: 8 } }, { tool: 'delete' }, { policy: { quorum: 2 } }])
        await refused('conflict', approvals.request({ ...CALL, ...other }))
      assert.deepEqual(await approvals.get(first.id), first)
      assert.deepEqual(idsOf(await approvals.list()), [first.id])
    },
  ),

  law('a tool call id belongs to its run and two runs may use the same', async ({ storage: { approvals } }) => {
    const one = await approvals.request({ ...CALL, runId: 'one' })
    const two = await approvals.request({ ...CALL, runId: 'two', args: { order: 8 } })
    assert.notEqual(two.id, one.id)
    assert.deepEqual(await approvals.request({ ...CALL, runId: 'one' }), one)
    assert.deepEqual(idsOf(await approvals.list()).sort(), [one.id, two.id].sort())
  }),

  law(
    'a tool call id that comes again in another step of its run is another call',
    async ({ storage: { approvals } }) => {
      const first = await approvals.request(CALL)
      await approvals.decide(first.id, { decision: 'approved', by: 'bob' })
      const spent = await approvals.consume(first.id, CALL.args)
      // Without a step of its own it is told of what is spent, which a gate takes for a repeat.
      assert.deepEqual(await approvals.request(CALL), spent)
      const again = await approvals.request({ ...CALL, stepId: 'two' })
      assert.deepEqual([again.status, again.stepId, again.id === first.id], ['pending', 'two', false])
      assert.deepEqual(await approvals.request({ ...CALL, stepId: 'two' }), again)
      await refused('conflict', approvals.request({ ...CALL, stepId: 'two', args: { order: 8 } }))
      assert.deepEqual(idsOf(await approvals.list({ stepId: 'two' })), [again.id])
      assert.deepEqual(idsOf(await approvals.list()).sort(), [first.id, again.id].sort())
    },
  ),

  law(
    'arguments and tools that cannot be kept as they are given are refused by their path',
    async ({ storage: { approvals } }) => {
      const odd: [ApprovalInput, field: string][] = [
        [{ args: { path: 'report\0.pdf' } }, 'args.path'],
        [{ args: ['a\ud800'] }, 'args[0]'],
        [{ args: { 'a\0': 1 } }, 'args["a\ufffd"]'],
        [{ args: '\udc00' }, 'args'],
        [{ tool: 'refund\0' }, 'tool'],
      ]
      for (const [input, field] of odd) {
        const { problems } = await refused('invalid', approvals.request(input))
        assert.deepEqual(
          problems.map((problem) => problem.field),
          [field],
        )
      }
      assert.deepEqual(await approvals.list(), { items: [] })
      // What was shown is what is spent, and not what would be stored in the place of something else.
      const { id } = await approvals.request({ args: { path: 'report\ufffd.pdf' } })
      await approvals.decide(id, { decision: 'approved', by: 'bob' })
      await refused('invalid', approvals.consume(id, { path: 'report\0.pdf' }))
      assert.equal((await approvals.get(id))?.status, 'approved')
    },
  ),

  law('simultaneous requests of one tool call make one approval', async (subject) => {
    const outcomes = await atOnce(await connections(subject, 4), 4, ({ approvals }) => approvals.request(CALL))
    const ids = new Set(valuesOf(outcomes).map((approval) => approval.id))
    assert.equal(ids.size, 1)
    assert.deepEqual(idsOf(await subject.storage.approvals.list()), [...ids])
  }),

  law(
    'an approval id that is taken by another request is refused as already_exists',
    async ({ storage: { approvals } }) => {
      const first = await approvals.request({ ...CALL, id: 'a' })
      await refused('already_exists', approvals.request({ ...CALL, id: 'a', toolCallId: 'd' }))
      assert.deepEqual(await approvals.get('a'), first)
      // Asked for by its call, it is the call that counts, whatever id comes along.
      const other = await approvals.request({ ...CALL, id: 'b', toolCallId: 'd' })
      assert.deepEqual(await approvals.request({ ...CALL, id: 'a', toolCallId: 'd' }), other)
      await refused('conflict', approvals.request({ ...CALL, id: 'b', args: { order: 8 } }))
    },
  ),

  law('a policy that nobody can meet is refused as invalid', async ({ storage: { approvals } }) => {
    const policies: ApprovalInput['policy'][] = [
      { quorum: 2, approvers: ['bob'] },
      { quorum: 2, approvers: ['bob', 'bob'] },
      { approvers: ['ann'], excludeRequester: true },
      { approvers: [] },
      { quorum: 3, approvers: ['bob'], escalation: [{ after: 60_000, approvers: ['bob', 'kim'] }] },
    ]
    for (const policy of policies) await refused('invalid', approvals.request({ requestedBy: 'ann', policy }))
    assert.deepEqual(await approvals.list(), { items: [] })
    const { id, requestedAt } = await approvals.request({})
    // In a minute those who are missing may vote, and by then nobody may.
    const policy = { quorum: 2, approvers: ['bob'], escalation: [{ after: 60_000, approvers: ['kim'] }] }
    const call = { ...CALL, policy, expiresAt: requestedAt + 30_000 }
    const { problems } = await refused('invalid', approvals.request(call))
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['policy.quorum'],
    )
    const first = await approvals.request({ ...call, expiresAt: requestedAt + 3_600_000 })
    // The end of a repeat does not count.
    assert.deepEqual(await approvals.request(call), first)
    assert.deepEqual(idsOf(await approvals.list()).sort(), [first.id, id].sort())
  }),

  law('a bound field that the arguments do not have is refused as invalid', async ({ storage: { approvals } }) => {
    const odd: [ApprovalInput, field: string][] = [
      [{ args: { order: 7 }, bind: ['order', 'amout'] }, 'bind[1]'],
      [{ args: [7], bind: ['0'] }, 'bind[0]'],
      [{ bind: ['order'] }, 'bind[0]'],
      [{ args: { order: 7 }, bind: [] }, 'bind'],
    ]
    for (const [input, field] of odd) {
      const { problems } = await refused('invalid', approvals.request(input))
      assert.deepEqual(
        problems.map((problem) => problem.field),
        [field],
      )
    }
    assert.deepEqual(await approvals.list(), { items: [] })
  }),

  law(
    'up to a hundred bound fields with names of up to 255 characters are kept and more or longer are refused as invalid',
    async ({ storage: { approvals } }) => {
      const bound = (names: string[]) => ({ args: Object.fromEntries(names.map((name) => [name, 1])), bind: names })
      const hundred = upTo(100).map((n) => `${'é'.repeat(250)}${n}`)
      const long = 'x'.repeat(255)
      for (const names of [hundred, [long]]) {
        const { id, bind } = await approvals.request(bound(names))
        assert.deepEqual(bind, names.toSorted())
        assert.deepEqual((await approvals.get(id))?.bind, bind)
      }
      const tooMuch: [names: string[], field: string][] = [
        [[...hundred, 'one more'], 'bind'],
        [['order', `${long}x`], 'bind[1]'],
      ]
      for (const [names, field] of tooMuch) {
        const { problems } = await refused('invalid', approvals.request(bound(names)))
        assert.deepEqual(
          problems.map((problem) => problem.field),
          [field],
        )
      }
    },
  ),

  law(
    'requesting the same tool call with fields worded anew that do not bind gives the first back',
    async ({ storage: { approvals } }) => {
      const call = { ...CALL, args: { order: 7, why: 'it broke' }, bind: ['order'] }
      const first = await approvals.request(call)
      assert.deepEqual([first.bind, first.argsHash], [['order'], sha256('{"order":7}')])
      assert.deepEqual(await approvals.request({ ...call, args: { order: 7, why: 'it is broken' } }), first)
      for (const other of [{ args: { order: 8, why: 'it broke' } }, { bind: ['why'] }, { bind: undefined }])
        await refused('conflict', approvals.request({ ...call, ...other }))
      assert.deepEqual(await approvals.get(first.id), first)
    },
  ),
]

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
