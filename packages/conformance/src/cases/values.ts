import assert from 'node:assert/strict'
import { type Chapter, law } from '../case.js'
import { onlySpan, span, traceId } from './spans.js'
import { idCases } from './values-ids.js'
import { jsonCases } from './values-json.js'
import { refusalCases } from './values-refusals.js'
import { sizeCases } from './values-sizes.js'

/** Instants in microseconds since 1970: the ends of the range, and what rounding would change. */
const INSTANTS = [
  1, 999, 1_750_000_000_123_456, 1_750_000_000_123_457, 1_799_999_999_999_999, 8_796_093_022_207_999,
].map((micros) => micros / 1000)

export const valueCases: Chapter = {
  name: 'values',
  cases: [
    ...idCases,
    ...jsonCases,

    law('microseconds survive the round trip', async ({ storage }) => {
      const { traces, sessions, approvals, audit } = storage
      await sessions.save({ id: 'session', type: 'agent' })
      for (const [n, at] of INSTANTS.entries()) {
        const id = String(n)
        const one = span(1, { traceId: traceId(n + 1), startedAt: at, endedAt: at, events: [{ name: 'event', at }] })
        await traces.write([one])
        await sessions.appendRun({ id, sessionId: 'session', startedAt: at, endedAt: at })
        await approvals.request({ id, dueAt: at })
        await audit.append([{ id, actor: 'us', action: 'timed', time: at }])
        const { startedAt, endedAt, events } = await onlySpan(traces, n + 1)
        const run = await sessions.run(id)
        const approval = await approvals.get(id)
        const entry = await audit.get(id)
        assert.deepEqual(
          [startedAt, endedAt, events?.[0]?.at, run?.startedAt, run?.endedAt, approval?.dueAt, entry?.time],
          [at, at, at, at, at, at, at],
        )
        const within = await traces.find({ from: at, to: at + 0.001 })
        assert.deepEqual(
          within.items.map((item) => item.traceId),
          [traceId(n + 1)],
        )
      }
    }),

    ...refusalCases,
    ...sizeCases,
  ],
}
