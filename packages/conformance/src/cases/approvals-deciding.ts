import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import { type ApprovalStore, type Decision, StoreError } from '@freehold/contract'
import { law } from '../case.js'
import { atOnce, connections, refused, valuesOf } from './support.js'

const LONG_AGO = 1
const FAR_AHEAD = 5_000_000_000_000
const HALF_AN_HOUR = 1_800_000

const winning = [
  law('of simultaneous decisions exactly one wins and the others get the winning resolution back', async (subject) => {
    await subject.storage.approvals.request({ id: 'a' })
    const outcomes = await atOnce(await connections(subject, 4), 4, ({ approvals }, number) =>
      approvals.decide('a', number % 2 === 0 ? approve(`voter ${number}`) : reject(`voter ${number}`)),
    )
    const results = valuesOf(outcomes)
    assert.equal(results.filter((result) => result.won).length, 1)
    const { approval } = results.find((result) => result.won)!
    for (const result of results) assert.deepEqual(result.approval, approval)
    assert.deepEqual(await subject.storage.approvals.get('a'), approval)
  }),

  law(
    'of simultaneous decisions by several processes exactly one wins',
    async (subject) => {
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
      for (const id of ids) await subject.storage.approvals.request({ id })
      const reports = await subject.processes(4, 'decide', { ids })
      assert.deepEqual(reports.flatMap((report) => report.won).sort(), ids)
    },
    { needs: ['processes'] },
  ),

  law(
    'a decision after another gets the winning resolution back and does not win',
    async ({ storage: { approvals } }) => {
      await approvals.request({ id: 'a', pauseType: 'user_input' })
      const first = await approvals.decide('a', { ...approve('ann'), reason: 'fine', resolution: { colour: 'red' } })
      const { by, reason, data } = first.approval.resolution ?? {}
      assert.deepEqual(
        { won: first.won, by, reason, data },
        { won: true, by: 'ann', reason: 'fine', data: { colour: 'red' } },
      )
      const late = { won: false, approval: first.approval }
      assert.deepEqual(await approvals.decide('a', reject('bob')), late)
      assert.deepEqual(await approvals.decide('a', approve('ann')), late)
    },
  ),

  law('deciding an approval that does not exist is not_found', async ({ storage: { approvals } }) => {
    await refused('not_found', approvals.decide('nothing', approve('ann')))
  }),
]

const expiring = [
  law("expiry is judged by the database's clock even when nobody sweeps", async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'past', expiresAt: LONG_AGO })
    const late = await approvals.decide('past', approve('ann'))
    assert.deepEqual({ won: late.won, status: late.approval.status }, { won: false, status: 'expired' })
    await approvals.request({ id: 'ahead', expiresAt: FAR_AHEAD })
    assert.equal((await approvals.decide('ahead', approve('ann'))).won, true)
    // Neither a client whose clock is fast nor one whose clock is slow sees it otherwise.
    const { requestedAt } = await approvals.request({ id: 'open', expiresAt: FAR_AHEAD })
    await approvals.request({ id: 'soon', expiresAt: requestedAt + HALF_AN_HOUR })
    await approvals.request({ id: 'over', expiresAt: requestedAt })
    const soon = await onClock(2 * HALF_AN_HOUR, () => approvals.decide('soon', approve('ann')))
    const over = await onClock(-2 * HALF_AN_HOUR, () => approvals.decide('over', approve('ann')))
    assert.deepEqual([soon.won, soon.approval.status], [true, 'approved'])
    assert.deepEqual([over.won, over.approval.status], [false, 'expired'])
  }),

  law(
    'an expired approval that rejects on expiry is rejected and never approved',
    async ({ storage: { approvals } }) => {
      await approvals.request({ id: 'past', expiresAt: LONG_AGO, policy: { onExpiry: 'rejected' } })
      const late = await approvals.decide('past', approve('ann'))
      assert.deepEqual({ won: late.won, status: late.approval.status }, { won: false, status: 'rejected' })
    },
  ),
]

const voting = [
  law('a quorum counts distinct voters and one person votes once', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'a', policy: { quorum: 2 } })
    const first = await approvals.decide('a', approve('ann'))
    assert.deepEqual(
      { won: first.won, status: first.approval.status, votes: votersOf(first.approval) },
      { won: false, status: 'pending', votes: ['ann'] },
    )
    // No vote, no version, no event more.
    const history = await approvals.events('a')
    assert.deepEqual(await approvals.decide('a', approve('ann')), first)
    assert.deepEqual(await approvals.events('a'), history)
    const { won, approval } = await approvals.decide('a', approve('bob'))
    assert.deepEqual({ won, status: approval.status }, { won: true, status: 'approved' })
    assert.deepEqual(votersOf(approval), ['ann', 'bob'])
  }),

  law('what a person supplies with a vote that others must join is kept with the vote', async ({ storage }) => {
    const { approvals } = storage
    const answer = { 'a.b': ['$c', { d: null }] }
    await approvals.request({ id: 'a', pauseType: 'user_input', policy: { quorum: 2 } })
    await approvals.decide('a', { ...approve('ann'), resolution: answer })
    await approvals.decide('a', { ...approve('bob'), resolution: 'yes' })
    const { votes, resolution } = (await approvals.get('a'))!
    assert.deepEqual(
      votes.map(({ by, data }) => ({ by, data })),
      [
        { by: 'ann', data: answer },
        { by: 'bob', data: undefined },
      ],
    )
    assert.equal(resolution?.data, 'yes')
  }),

  law('simultaneous votes complete a quorum exactly once', async (subject) => {
    await subject.storage.approvals.request({ id: 'a', policy: { quorum: 3 } })
    const outcomes = await atOnce(await connections(subject, 4), 3, ({ approvals }, number) =>
      approvals.decide('a', approve(`voter ${number}`)),
    )
    assert.equal(valuesOf(outcomes).filter((result) => result.won).length, 1)
    const approval = await subject.storage.approvals.get('a')
    assert.equal(approval?.status, 'approved')
    assert.equal(new Set(approval.votes.map((vote) => vote.by)).size, 3)
  }),

  law('one rejection rejects whatever the quorum', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'a', policy: { quorum: 3 } })
    await approvals.decide('a', approve('ann'))
    const { won, approval } = await approvals.decide('a', reject('bob'))
    assert.deepEqual({ won, status: approval.status }, { won: true, status: 'rejected' })
  }),

  law('a voter who is not an eligible approver is refused and nothing changes', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'a', policy: { approvers: ['bob'] } })
    await refusedAndUnchanged(approvals, approve('eve'))
    await refusedAndUnchanged(approvals, reject('eve'))
    assert.equal((await approvals.decide('a', approve('bob'))).won, true)
  }),

  law('the requester cannot decide where the policy excludes them', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'a', requestedBy: 'ann', policy: { excludeRequester: true } })
    await refusedAndUnchanged(approvals, approve('ann'))
    await refusedAndUnchanged(approvals, reject('ann'))
    assert.equal((await approvals.decide('a', approve('bob'))).won, true)
    await approvals.request({ id: 'b', requestedBy: 'ann' })
    assert.equal((await approvals.decide('b', approve('ann'))).won, true)
  }),

  law(
    "those to whom it escalates may vote when it is time by the database's clock and not before",
    async ({ storage: { approvals } }) => {
      const { id, time } = await escalating(approvals)
      await after(time + 50)
      // A clock of this process that is wrong changes nothing.
      const late = await onClock(-HALF_AN_HOUR, () => approvals.decide(id, approve('kim')))
      assert.deepEqual([late.won, late.approval.resolution?.by], [false, undefined])
      assert.deepEqual(votersOf(late.approval), ['kim'])
      assert.equal((await approvals.decide(id, approve('bob'))).won, true)
    },
  ),

  law('a decision without a decider is refused as invalid', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'a' })
    await refusedAndUnchanged(approvals, approve(''))
    await refusedAndUnchanged(approvals, { decision: 'approved' } as Decision)
  }),
]

/** Deciding. */
export const decisionCases = [...winning, ...expiring, ...voting]

function approve(by: string): Decision {
  return { decision: 'approved', by }
}

function reject(by: string): Decision {
  return { decision: 'rejected', by }
}

/** An approval that `kim` may not vote on yet, for so many milliseconds more. A slow store is given more time. */
async function escalating(approvals: ApprovalStore): Promise<{ id: string; time: number }> {
  for (const time of [100, 1_000, 10_000]) {
    const id = `after ${time}`
    const policy = { quorum: 2, approvers: ['bob'], escalation: [{ after: time, approvers: ['kim'] }] }
    await approvals.request({ id, policy })
    const attempt = onClock(HALF_AN_HOUR, () => approvals.decide(id, approve('kim')))
    const refusal = await attempt.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (StoreError.is(refusal, 'invalid')) return { id, time }
    if (refusal !== undefined) throw refusal
  }
  return assert.fail('a vote came too early and was counted')
}

/** Runs `work` in a process whose clock is off by `error` milliseconds. */
async function onClock<T>(error: number, work: () => Promise<T>): Promise<T> {
  const { now } = Date
  Date.now = () => now() + error
  try {
    return await work()
  } finally {
    Date.now = now
  }
}

function votersOf(approval: { votes: { by: string }[] }): string[] {
  return approval.votes.map((vote) => vote.by)
}

async function refusedAndUnchanged(approvals: ApprovalStore, decision: Decision): Promise<void> {
  const before = await approvals.get('a')
  await refused('invalid', approvals.decide('a', decision))
  assert.deepEqual(await approvals.get('a'), before)
}
