import assert from 'node:assert/strict'
import type { Json, SpanInput } from '@freehold/contract'
import { law } from '../case.js'
import { range, span, spanId, traceId, traceOf } from './spans.js'

/** Long enough for a store to take a conversation apart after a few turns. */
const MESSAGE = 'and so on '.repeat(60)
const TOOLS = range(5).map((n) => ({ type: 'function', name: `tool ${n}`, description: MESSAGE }))

/** What a model is told at one turn: all that was said before, which every span of an agent's run has in it again. */
function messagesAt(turn: number): Json[] {
  const said = range(2 * turn + 1).map((n): Json => {
    const content = `${n} "${MESSAGE}" 漢🜁`
    return n % 3 === 0 ? { role: 'user', content } : { role: 'assistant', parts: [{ type: 'text', content }, { n }] }
  })
  return [{ role: 'system', content: MESSAGE }, ...said]
}

function turn(n: number, fields: object = {}): SpanInput {
  const messages = messagesAt(n)
  return span(n, {
    kind: 'llm',
    status: 'ok',
    input: messages,
    output: { role: 'assistant', content: MESSAGE },
    attributes: { id: `response ${n}`, messages: JSON.stringify(messages), tools: JSON.stringify(TOOLS), turn: n },
    ...fields,
  })
}

const TURNS = range(24, 1)

export const sharedCases = [
  law('what spans of one trace repeat comes back whole in each of them', async ({ storage }) => {
    const written = TURNS.map((n) => turn(n))
    const { traces } = storage
    // By ones, in a batch, backwards, and again.
    for (const one of written.slice(0, 8)) await traces.write([one])
    await traces.write(written.slice(8, 16))
    for (const one of written.slice(16).reverse()) await traces.write([one])
    await traces.write(written)
    const { spans } = await traceOf(traces)
    for (const [n, one] of spans.entries()) assert.deepEqual(one, written[n], `turn ${n + 1}`)
    assert.equal(spans.length, written.length)
    const other = storage.tenant('another').traces
    const [first] = written.slice(-1) as [SpanInput]
    await other.write([{ ...first, traceId: traceId(1) }])
    assert.deepEqual((await traceOf(other)).spans, [first])
  }),

  law('a span that is told more of leaves others what it shared with them', async ({ storage: { traces } }) => {
    const begun = TURNS.map((n) => turn(n, { endedAt: undefined, status: 'running', output: undefined }))
    await traces.write(begun)
    const [last] = TURNS.slice(-1) as [number]
    const messages = JSON.stringify([...messagesAt(last), { role: 'assistant', content: 'another answer' }])
    const told = [turn(3, { attributes: { messages } }), turn(5, { input: undefined, attributes: { few: 1 } })]
    assert.equal((await traces.write(told)).updated, 2)
    const { spans } = await traceOf(traces)
    for (const one of begun) {
      const found = spans.find(({ spanId }) => spanId === one.spanId)
      const again = told.find(({ spanId }) => spanId === one.spanId)
      assert.deepEqual(found, again === undefined ? compacted(one) : { ...one, ...compacted(again) })
    }
    assert.equal(spans.find((one) => one.spanId === spanId(5))!.attributes!.few, 1)
  }),
]

function compacted(input: SpanInput): SpanInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as unknown as SpanInput
}
