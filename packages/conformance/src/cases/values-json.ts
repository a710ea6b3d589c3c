import assert from 'node:assert/strict'
import type { Json, JsonObject, TenantStorage } from '@freehold/contract'
import fc from 'fast-check'
import { law } from '../case.js'
import { PROPERTY } from './seed.js'
import { span, traceId, traceOf } from './spans.js'
import { refused } from './support.js'

/** Every place where a caller's JSON goes: how it gets in under a number, and what comes back. */
const PLACES: readonly {
  name: string
  /** Set: what is hashed and compared, and so is kept as it was given or not at all. */
  exact?: string
  write(on: TenantStorage, n: number, value: JsonObject): Promise<unknown>
}[] = [
  {
    name: 'the attributes of a span',
    write: async (on, n, attributes) => {
      await on.traces.write([span(1, { traceId: traceId(n), attributes })])
      return (await traceOf(on.traces, n)).spans[0]?.attributes
    },
  },
  {
    name: 'the input of a span',
    write: async (on, n, input) => {
      await on.traces.write([span(1, { traceId: traceId(0xffff + n), input })])
      return (await traceOf(on.traces, 0xffff + n)).spans[0]?.input
    },
  },
  {
    name: 'the state of a session',
    write: async (on, n, state) => {
      await on.sessions.save({ id: `session ${n}`, type: 'agent', state })
      return (await on.sessions.get(`session ${n}`))?.state
    },
  },
  {
    name: 'the output of a run',
    write: async (on, n, output) => {
      await on.sessions.save({ id: 'of runs', type: 'agent' })
      await on.sessions.appendRun({ id: `run ${n}`, sessionId: 'of runs', output })
      return (await on.sessions.run(`run ${n}`))?.output
    },
  },
  {
    name: 'the context of an approval',
    write: async (on, n, context) => {
      await on.approvals.request({ id: `in context ${n}`, context })
      return (await on.approvals.get(`in context ${n}`))?.context
    },
  },
  {
    name: 'the arguments of an approval',
    exact: 'args',
    write: async (on, n, args) => {
      await on.approvals.request({ id: `approval ${n}`, args })
      return (await on.approvals.get(`approval ${n}`))?.args
    },
  },
  {
    name: 'the data of an audit entry',
    exact: 'entries[0].data',
    write: async (on, n, data) => {
      await on.audit.append([{ id: `entry ${n}`, actor: 'us', action: 'kept', data }])
      return (await on.audit.get(`entry ${n}`))?.data
    },
  },
]

/** Levels of nesting that every engine takes. */
const DEPTH = 60

/** JSON that is not an object, or is easily taken for something else. */
const BARE: readonly Json[] = ['', 'text', '123', '{"a":1}', 'null', 0, 1.5, false, null, [], {}, [null]]

/** Every field that takes any JSON, in one row of each sort: how often it comes back. */
async function bareEverywhere({ traces, sessions, approvals }: TenantStorage, id: string, trace: number, value: Json) {
  await traces.write([span(1, { traceId: traceId(trace), input: value, output: value })])
  const [one] = (await traceOf(traces, trace)).spans
  await sessions.appendRun({ id, sessionId: 'of bare runs', input: value, output: value, messages: value })
  const run = await sessions.run(id)
  await approvals.request({ id, args: value })
  await approvals.decide(id, { decision: 'approved', by: 'ann', resolution: value })
  const approval = await approvals.get(id)
  const ofRun = [run?.input, run?.output, run?.messages]
  return [one?.input, one?.output, ...ofRun, approval?.args, approval?.resolution?.data]
}

/** Names that every object of JavaScript answers to: whoever looks up a key in a plain object finds them there. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype)

const SAMPLES: readonly string[] = [
  '{}',
  `{${INHERITED.map((name) => `"${name}":[{"${name}":1},[{}]]`).join()}}`,
  '{"":"an empty key","a.b":1,"$set":2,"__proto__":{"x":1},"constructor":3,"0":4}',
  '{"empty":[[],{},"",null,false,0]}',
  `{"${'k'.repeat(10_000)}":{"${'é'.repeat(10_000)}":1}}`,
  '{"numbers":[1e308,5e-324,0.1,9007199254740993,-1,1.5e-9,123456789012345680000]}',
  `{"text":${JSON.stringify('é é 漢字 🜁 \u2028 \u0001 \\ " \' %_ \r\n\t')}}`,
  `{"deep":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`,
  JSON.stringify({ text: '{"not":"parsed"}', number: '0123', date: '2026-11-23T01:36:18.123456Z' }),
]

function jsonOf(text: string): JsonObject {
  return JSON.parse(text) as JsonObject
}

/** JSON has no -0. */
function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}

const arbitraryObject = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), {
    maxKeys: 5,
  })
  .map((value) => asJson(value) as JsonObject)
  .filter((value) => !JSON.stringify(value).includes('\\u0000'))

/** Values that JSON does not have, and where they stand. */
const NOT_JSON: readonly [value: unknown, path: string][] = [
  [{ cart: [1, { price: Number.NaN }] }, 'cart[1].price'],
  [{ limit: Number.POSITIVE_INFINITY }, 'limit'],
  [{ big: 10n }, 'big'],
  [{ 'a b': { when: new Date(0) } }, '["a b"].when'],
  [{ call: () => 1 }, 'call'],
  [{ set: new Set([1]) }, 'set'],
]

const STRICT: readonly [field: string, write: (on: TenantStorage, value: never) => Promise<unknown>][] = [
  ['state', (on, state) => on.sessions.save({ id: 's', type: 'agent', state })],
  ['metadata', (on, metadata) => on.sessions.appendRun({ sessionId: 's', metadata })],
  ['args', (on, args) => on.approvals.request({ id: 'a', args })],
  ['context', (on, context) => on.approvals.request({ id: 'a', context })],
  ['entries[0].data', (on, data) => on.audit.append([{ id: 'e', actor: 'us', action: 'kept', data }])],
]

function joined(field: string, path: string): string {
  return path.startsWith('[') ? `${field}${path}` : `${field}.${path}`
}

export const jsonCases = [
  law('JSON comes back equal to what went in', async ({ storage }) => {
    let n = 0
    for (const { name, write } of PLACES) {
      for (const text of SAMPLES) assert.deepEqual(await write(storage, ++n, jsonOf(text)), jsonOf(text), name)
      const absent = await write(storage, ++n, { kept: 1, left: undefined })
      assert.deepEqual(Object.entries(absent as object), [['kept', 1]], `${name}: undefined is absent`)
    }
    await storage.sessions.save({ id: 'of bare runs', type: 'agent' })
    for (const [i, value] of BARE.entries()) {
      const back = await bareEverywhere(storage, `bare ${i}`, 0xfffff + i, value)
      assert.deepEqual(back, Array(7).fill(value), JSON.stringify(value))
    }
    // Longer than the texts of some engines, in bytes of more than one each.
    const state = { text: 'é'.repeat(300_000) }
    await storage.sessions.save({ id: 'long', type: 'agent', state })
    assert.deepEqual((await storage.sessions.get('long'))?.state, state)
    await fc.assert(
      fc.asyncProperty(arbitraryObject, async (value) => {
        n += 1
        for (const { name, write } of PLACES) assert.deepEqual(asJson(await write(storage, n, value)), value, name)
      }),
      { ...PROPERTY, numRuns: 15 },
    )
  }),

  law('NUL characters and lone surrogates cost one value and never the row', async ({ storage }) => {
    const odd = { whole: 'as it was', nul: 'a\0b', high: 'a\ud800', low: ['\udc00b'] }
    const kept = { whole: 'as it was', nul: 'a\ufffdb', high: 'a\ufffd', low: ['\ufffdb'] }
    for (const [n, { name, exact, write }] of PLACES.entries()) {
      if (exact === undefined) assert.deepEqual(await write(storage, n + 1, odd), kept, name)
      else {
        const { problems } = await refused('invalid', write(storage, n + 1, odd))
        const fields = problems.map((problem) => problem.field)
        assert.deepEqual(fields, [`${exact}.nul`, `${exact}.high`, `${exact}.low[0]`], name)
      }
    }
  }),

  law('a value that is not JSON is refused by the path of the field', async ({ storage }) => {
    for (const [field, write] of STRICT)
      for (const [value, path] of NOT_JSON) {
        const { problems } = await refused('invalid', write(storage, value as never))
        assert.deepEqual(
          problems.map((problem) => problem.field),
          [joined(field, path)],
        )
      }
  }),
]
