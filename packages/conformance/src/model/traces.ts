import { SPAN_KINDS, SPAN_STATUSES, type SpanInput, type SpanQuery, type TraceQuery } from '@freehold/contract'
import fc from 'fast-check'
import { spanId, traceId } from '../cases/spans.js'
import { type Call, calls } from './call.js'
import { paged } from './lists.js'
import { id, json, labels, limit, NOON, name, noPage, object, some, text, time } from './values.js'

const anyTrace = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 3 }).map(traceId) },
  { weight: 1, arbitrary: fc.constantFrom('nonsense', '0'.repeat(32), traceId(1).toUpperCase()) },
)

const anySpan = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }).map(spanId) },
  { weight: 1, arbitrary: fc.constantFrom('nonsense', spanId(1).toUpperCase()) },
)

/** What is said in a run so far, long enough for a store to keep once what its spans repeat. */
const conversation = fc
  .integer({ min: 1, max: 15 })
  .map((turns) =>
    Array.from({ length: turns }, (_, n) => ({ role: 'user', content: `${n} ${'and so on '.repeat(50)}` })),
  )

/** What a span is, and mostly a detail that fits: one that does not costs the span. */
const told = fc.oneof(
  {
    weight: 4,
    arbitrary: some({
      model: fc.constantFrom('m', 'M', 'a'),
      promptTokens: fc.integer({ min: -1, max: 9 }),
      cost: fc.constantFrom(0.1, 0.2),
    }).map((detail) => ({ kind: 'llm', detail })),
  },
  {
    weight: 4,
    arbitrary: some({ tool: name, callId: id, arguments: json, result: json }).map((detail) => ({
      kind: 'tool',
      detail,
    })),
  },
  { weight: 2, arbitrary: object.map((detail) => ({ detail })) },
  { weight: 2, arbitrary: fc.constantFrom(...SPAN_KINDS).map((kind) => ({ kind, detail: {} })) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'retrieval', detail: { documents: [{ id: 'd', score: 1 }] } }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...SPAN_KINDS), object).map(([kind, detail]) => ({ kind, detail })),
  },
)

const fields = {
  parentId: fc.integer({ min: 1, max: 5 }).map(spanId),
  status: fc.constantFrom(...SPAN_STATUSES),
  endedAt: time,
  userId: id,
  sessionId: id,
  runId: id,
  labels,
  error: fc.constantFrom({ message: 'broke' }, { type: 'T', stack: 's\0' }, 'as a text' as never),
  input: fc.oneof({ weight: 9, arbitrary: json }, { weight: 1, arbitrary: conversation }),
  output: json,
  attributes: fc.oneof(
    { weight: 9, arbitrary: object },
    { weight: 1, arbitrary: conversation.map((said) => ({ messages: JSON.stringify(said), said: said.length })) },
  ),
  events: fc.constantFrom(
    [],
    [{ name: 'event', at: NOON, attributes: { b: 1, a: 2 } }],
    [{ name: 'no time' } as never],
  ),
  resource: object,
}

const span = fc
  .tuple(anyTrace, fc.integer({ min: 1, max: 4 }), time, text, told, some(fields))
  .map(([trace, n, startedAt, name, what, more]) => ({
    ...{ traceId: trace, spanId: spanId(n), name, startedAt },
    ...what,
    ...more,
  }))
  .map((span) => span as SpanInput)

const filters = {
  userId: id,
  sessionId: id,
  runId: id,
  status: fc.constantFrom(...SPAN_STATUSES),
  kind: fc.constantFrom(...SPAN_KINDS),
  model: fc.constantFrom('m', 'M', 'a'),
  tool: name,
  namePrefix: fc.constantFrom('', 'p', 'é', '%', 'x\0'),
  from: time,
  to: time,
  minDuration: fc.constantFrom(0, 0.001, 0.5, 1, 1.001),
}

const traceQuery = some<TraceQuery>({ ...filters, labels })
const spanQuery = some<SpanQuery>({ ...filters, traceId: anyTrace })

export const traceCalls: fc.Arbitrary<Call> = fc.oneof(
  calls(5, 'traces.write', fc.tuple(fc.array(span, { maxLength: 5 })), ({ traces }, spans) => traces.write(spans)),
  calls(1, 'traces.remove', fc.tuple(anyTrace), ({ traces }, trace) => traces.remove(trace)),
  calls(2, 'traces.get', fc.tuple(anyTrace), ({ traces }, trace) => traces.get(trace)),
  calls(1, 'traces.span', fc.tuple(anyTrace, anySpan), ({ traces }, trace, span) => traces.span(trace, span)),
  calls(1, 'traces.outline', fc.tuple(anyTrace), ({ traces }, trace) => traces.outline(trace)),
  calls(2, 'traces.find', fc.tuple(traceQuery, limit), ({ traces }, query, most) =>
    paged((page) => traces.find(query, page), most),
  ),
  calls(2, 'traces.spans', fc.tuple(spanQuery, limit), ({ traces }, query, most) =>
    paged((page) => traces.spans(query, page), most),
  ),
  calls(1, 'traces.spans', fc.tuple(spanQuery, noPage), ({ traces }, query, page) => traces.spans(query, page)),
  calls(1, 'traces.toolStats', fc.tuple(spanQuery), ({ traces }, query) => traces.toolStats(query)),
)
