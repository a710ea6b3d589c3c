import assert from 'node:assert/strict'
import type { SpanInput, TraceStore } from '@freehold/contract'
import { law } from '../case.js'
import { range, span, spanId, summaryOf, T0, traceId } from './spans.js'
import { connections, valuesOf } from './support.js'

/** Long enough for a store to keep it once, where spans of a trace repeat it. */
const SAID = range(8).map((n) => ({ role: 'user', content: `${n} ${'and so on '.repeat(50)}` }))

const WRITERS = 3
const ROUNDS = 8
const BATCH = 6

/** Removing whole traces. */
export const removingCases = [
  law('removing a trace removes its spans and nothing of any other', async ({ storage: { traces } }) => {
    const users = ['ann', 'bob', 'cem']
    for (const trace of [1, 2]) await traces.write(users.map((userId, n) => spanOf(1 + n, trace, { userId })))
    const other = await traces.get(traceId(2))
    assert.equal(await traces.remove(traceId(1)), true)
    assert.equal(await traces.get(traceId(1)), null)
    assert.equal(await traces.outline(traceId(1)), null)
    assert.equal(await traces.span(traceId(1), spanId(1)), null)
    assert.deepEqual(await tracesIn(traces), [traceId(2)])
    for (const userId of users)
      assert.deepEqual(
        (await traces.spans({ userId })).items.map((one) => one.traceId),
        [traceId(2)],
      )
    assert.deepEqual(await traces.get(traceId(2)), other)
  }),

  law('removing a trace that does not exist is false', async ({ storage: { traces } }) => {
    assert.equal(await traces.remove(traceId(1)), false)
    await traces.write([span(1)])
    assert.equal(await traces.remove(traceId(1)), true)
    assert.equal(await traces.remove(traceId(1)), false)
  }),

  law(
    'a trace that was removed can be written again as if it had never been there',
    async ({ storage: { traces }, connect }) => {
      const { traces: others } = await connect()
      const told = range(BATCH, 1).map((n) => spanOf(n, 1))
      const running = { ...span(9), endedAt: undefined, status: 'running' } as SpanInput
      await traces.write([...told, running])
      const whole = await traces.get(traceId(1))
      assert.equal(await others.remove(traceId(1)), true)
      const again = await traces.write([running, ...told.slice(1)])
      assert.deepEqual([again.written, again.updated, again.duplicates], [BATCH, 0, 0])
      assert.equal(await traces.span(traceId(1), spanId(1)), null)
      assert.equal((await traces.write(told.slice(0, 1))).written, 1)
      assert.deepEqual(await traces.get(traceId(1)), whole)
      assert.deepEqual(await summaryOf(traces), whole!.summary)
    },
  ),

  law('what is written to a trace while it is removed is there whole or not at all', async (subject) => {
    const { traces } = subject.storage
    const [remover, ...writers] = await connections(subject, WRITERS + 1)
    const removing = () => remover!.traces.remove(traceId(1))
    for (const round of range(ROUNDS)) {
      const calls: (() => Promise<unknown>)[] = writers.map((writer, own) => {
        const numbers = range(BATCH, 1 + (round * WRITERS + own) * BATCH)
        return () => writer.traces.write(numbers.map((n) => spanOf(n, 1)))
      })
      calls.splice(round % (WRITERS + 1), 0, removing)
      valuesOf(await Promise.allSettled(calls.map((call) => call())))
      const left = await traces.get(traceId(1))
      if (left !== null) assert.deepEqual(await summaryOf(traces), left.summary)
      const listed = await traces.spans({ traceId: traceId(1) }, { limit: 1000 })
      assert.equal(left?.spans.length ?? 0, listed.items.length)
      for (const { spanId: id, input } of left?.spans ?? []) assert.deepEqual(input, inputOf(Number.parseInt(id, 16)))
    }
    await traces.remove(traceId(1))
    assert.deepEqual(await tracesIn(traces), [])
  }),
]

/** A span that shares most of what it says with the others of its trace. */
function spanOf(n: number, trace: number, fields: object = {}): SpanInput {
  return span(n, { traceId: traceId(trace), startedAt: T0 + n, endedAt: T0 + n + 1, input: inputOf(n), ...fields })
}

function inputOf(n: number) {
  return [...SAID, { role: 'user', content: `number ${n}` }]
}

/** The traces that lists of traces and of spans show, each once. */
async function tracesIn(traces: TraceStore): Promise<string[]> {
  const [summaries, spans] = [await traces.find(), await traces.spans({}, { limit: 1000 })]
  return [...new Set([...summaries.items, ...spans.items].map((one) => one.traceId))]
}
