import { diag, type Tracer, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { agentTracer, type RunFields } from '../src/manual/index.js'
import { givenContexts, setUpManual } from './support/manual.js'

givenContexts()
afterEach(() => diag.disable())

const refuse = (): never => {
  throw new Error('read me not')
}
const cycle: Record<string, unknown> = { name: 'a' }
cycle.self = cycle
let deep: unknown = 'bottom'
for (let n = 0; n < 10_000; n++) deep = [deep]
const { proxy, revoke } = Proxy.revocable({}, {})
revoke()

const HOSTILE: [string, unknown, unknown][] = [
  ['a cycle', cycle, { name: 'a', self: '[circular]' }],
  ['a BigInt', { id: 9007199254740993n }, { id: '9007199254740993' }],
  [
    'a getter that throws',
    {
      get a() {
        return refuse()
      },
    },
    '[unreadable]',
  ],
  ['a toJSON that throws', { a: { toJSON: refuse } }, { a: expect.any(String) }],
  [
    'a then that throws when it is read',
    Object.defineProperty({}, 'then', { get: refuse, enumerable: true }),
    '[unreadable]',
  ],
  ['a proxy that was revoked', { proxy }, '[unreadable]'],
  ['bytes', { bytes: new Uint8Array(3) }, { bytes: expect.stringContaining('Uint8Array') }],
  ['a function', { fn: refuse }, { fn: expect.any(String) }],
  ['what is too deep', deep, expect.anything()],
  ['numbers that are none', [Number.NaN, Number.POSITIVE_INFINITY], ['NaN', 'Infinity']],
]

describe.each(HOSTILE)('%s', (_, value, kept) => {
  it('as input, arguments and result harms nothing', async () => {
    const { tracer, only } = setUpManual()
    const result = tracer.tool({ name: 'a', arguments: value }, () => value)
    expect(Object.is(result, value)).toBe(true)
    expect(await only()).toMatchObject({ status: 'ok', input: kept, output: kept })
  })

  it('thrown is thrown on', async () => {
    const { tracer, only } = setUpManual()
    let caught: unknown
    try {
      tracer.run({ name: 'a' }, () => {
        throw value
      })
    } catch (error) {
      caught = error
    }
    expect(Object.is(caught, value)).toBe(true)
    expect(await only()).toMatchObject({ status: 'error' })
  })
})

it('an error whose message cannot be read is thrown on', async () => {
  const { tracer, only } = setUpManual()
  const error = Object.defineProperty(new Error('x'), 'message', { get: refuse })
  const caught = await tracer.run({ name: 'a' }, async () => Promise.reject(error)).catch((error: unknown) => error)
  expect(Object.is(caught, error)).toBe(true)
  expect(await only()).toMatchObject({ status: 'error', error: { type: 'Error' } })
})

describe('what is told wrong', () => {
  const wrong: [string, unknown][] = [
    ['nothing', undefined],
    ['a text', 'output'],
    ['unknown fields', { constructor: 'a', toString: 'b', nonsense: 'c' }],
    [
      'fields that throw',
      {
        get output() {
          return refuse()
        },
      },
    ],
  ]

  it.each(wrong)('later is left out: %s', async (_, fields) => {
    const { tracer, only } = setUpManual()
    expect(
      tracer.run({ name: 'a' }, (span) => {
        span.set(fields as RunFields)
        return 7
      }),
    ).toBe(7)
    expect(await only()).toMatchObject({ kind: 'run', output: 7 })
  })

  it.each(wrong)('at the start runs the function all the same: %s', async (_, start) => {
    const { tracer, only } = setUpManual()
    expect(tracer.tool(start as never, () => 7)).toBe(7)
    expect((await only()).status).toBe('ok')
  })
})

describe('a tracer that throws', () => {
  const throwing = { startSpan: refuse, startActiveSpan: refuse } as Tracer

  it('makes no span, and the function runs', () => {
    expect(agentTracer(throwing).run({ name: 'a' }, () => 7)).toBe(7)
  })

  it('leaves the span around it active', async () => {
    const { tracer } = setUpManual()
    tracer.run({ name: 'a' }, ({ otel }) =>
      agentTracer(throwing).tool({ name: 'b' }, () => expect(trace.getActiveSpan()).toBe(otel)),
    )
  })

  it('when a span ends costs the call nothing', () => {
    const processor = { onStart() {}, onEnd: refuse, forceFlush: async () => {}, shutdown: async () => {} }
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    expect(agentTracer(provider.getTracer('test')).run({ name: 'a' }, () => 7)).toBe(7)
  })

  it('tells the diagnostics of OpenTelemetry, which may throw as well', () => {
    const told: unknown[] = []
    const logger = {
      error: refuse,
      info: refuse,
      debug: refuse,
      verbose: refuse,
      warn: (...args: unknown[]) => told.push(args),
    }
    diag.setLogger(logger, { suppressOverrideMessage: true })
    agentTracer(throwing).run({ name: 'a' }, () => 7)
    expect(told).toEqual([['freehold: a part of a span was not recorded', new Error('read me not')]])
    diag.setLogger({ ...logger, warn: refuse }, { suppressOverrideMessage: true })
    expect(agentTracer(throwing).run({ name: 'a' }, () => 8)).toBe(8)
  })
})
