import assert from 'node:assert/strict'
import type { StoreError } from '@freehold/contract'
import { type Case, law } from '../case.js'
import { onlySpan, range, span } from './spans.js'
import { refused } from './support.js'

const MIB = 1_048_576
const MOST = String(12 * MIB)

/** A text of so many MiB of JSON: each quote takes two bytes of it, and more on the way to some databases. */
function quotes(mib: number): string {
  return '"'.repeat((mib * MIB) / 2)
}

/** Almost 4 MiB, in texts that a span keeps whole. */
const LARGE = range(15).map(() => 'x'.repeat(MIB / 4))

/** A refusal names one field, its size and the most there may be. */
function named({ message, problems }: StoreError, field: string, most = MOST): void {
  assert.deepEqual(
    problems.map((problem) => problem.field),
    [field],
  )
  assert.match(message, new RegExp(`\\d{7,8} bytes.*${most}`))
}

export const sizeCases: readonly Case[] = [
  law(
    'a record that becomes larger than 12 MiB is refused as invalid by its field and what fits is kept whole',
    async ({ storage: { sessions, approvals } }) => {
      const state = { text: quotes(7.9) }
      await sessions.save({ id: 's', type: 'agent', state })
      named(
        await refused('invalid', sessions.save({ id: 's', type: 'agent', metadata: { text: quotes(7.5) } })),
        'metadata',
      )
      const metadata = { text: quotes(4) }
      const saved = await sessions.save({ id: 's', type: 'agent', metadata })
      assert.equal(saved.version, 2)
      assert.deepEqual(await sessions.get('s'), { ...saved, state, metadata })

      const input = [quotes(6)]
      await sessions.appendRun({ id: 'r', sessionId: 's', status: 'running', input })
      named(await refused('invalid', sessions.updateRun('r', { status: 'completed', output: [quotes(6)] })), 'output')
      const output = [quotes(5.5)]
      const run = await sessions.updateRun('r', { status: 'completed', output })
      assert.deepEqual(await sessions.run('r'), { ...run, status: 'completed', input, output })

      const args = quotes(7.5)
      await approvals.request({ id: 'a', args })
      const decision = { decision: 'approved', by: 'ada' } as const
      named(await refused('invalid', approvals.decide('a', { ...decision, resolution: quotes(5) })), 'resolution')
      const { won, approval } = await approvals.decide('a', { ...decision, resolution: quotes(4) })
      assert.ok(won)
      assert.deepEqual(await approvals.get('a'), approval)
      assert.equal((await approvals.consume('a', args)).status, 'consumed')
    },
  ),

  law('long reasons of early voters leave room for those who vote later', async ({ storage: { approvals } }) => {
    // As JSON each of these characters takes six bytes.
    const reason = '\u0001'.repeat(10_000)
    await approvals.request({ id: 'a', policy: { quorum: 36 } })
    for (const n of range(34)) await approvals.decide('a', { decision: 'approved', by: `voter ${n}`, reason })
    const late = { decision: 'approved', by: 'late' } as const
    named(await refused('invalid', approvals.decide('a', { ...late, reason })), 'reason', String(2 * MIB))
    const { approval } = await approvals.decide('a', { ...late, reason: 'as the others' })
    assert.deepEqual([approval.votes.length, approval.status], [35, 'pending'])
    assert.ok((await approvals.decide('a', { ...late, by: 'last' })).won)
  }),

  law(
    'a record that would make its span larger than 12 MiB is rejected by its place and the span stays',
    async ({ storage: { traces } }) => {
      const told = { input: LARGE, output: LARGE, attributes: { large: LARGE } }
      for (const [field, value] of Object.entries(told)) await traces.write([span(1, { [field]: value })])
      const before = await onlySpan(traces, 1)
      const last = span(1, { resource: { large: LARGE } })
      const { rejected, ...counts } = await traces.write([span(2), last])
      assert.deepEqual(counts, { written: 1, updated: 0, duplicates: 0 })
      assert.equal(rejected[0]?.index, 1)
      assert.match(rejected[0].reason, new RegExp(MOST))
      const kept = (await traces.get(span(1).traceId))?.spans
      assert.deepEqual(kept?.[0], before)
      assert.deepEqual([before.input, before.output, before.attributes], Object.values(told))

      const both = await traces.write([span(1, { endedAt: last.endedAt! + 5 }), last])
      assert.deepEqual([both.updated, both.rejected.map(({ index }) => index)], [1, [1]])
      const ended = (await traces.get(span(1).traceId))?.spans
      assert.deepEqual(ended?.[0], { ...before, endedAt: last.endedAt! + 5 })
    },
  ),
]
