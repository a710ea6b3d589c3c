import { DDSketch } from '@datadog/sketches-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  acceptActivity,
  acceptModelComparison,
  acceptRunSignal,
  acceptSpend,
  acceptToolFailures,
} from '../src/rules/accept-signals.js'
import { RELATIVE_ERROR } from '../src/rules/histogram.js'
import type { RollupRow } from '../src/rules/rollup-rows.js'
import { type RunFacts, runRollup, usersChange } from '../src/rules/rollup-runs.js'
import { spanRollups } from '../src/rules/rollup-spans.js'
import { activity, compareModels, groupsOf, runLatency, spend, toolFailures } from '../src/rules/signal-rows.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import { dayOf } from '../src/time.js'

const DAY = 86_400_000
const T0 = Date.UTC(2026, 9, 20)
const WINDOW = { from: T0, to: T0 + 60 * DAY }
const TOKENS = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }
const near = (at: number) => expect.closeTo(at, -Math.log10(at * RELATIVE_ERROR * 2))

function runRows(runs: readonly RunFacts[]): RollupRow[] {
  const rows = runRollup(runs)
  return [...rows, ...usersChange(rows, ({ counts }) => counts[0]!)]
}

function runOf(fields: Partial<RunFacts>, millis = 1000): RunFacts {
  return { status: 'completed', startedAt: T0, endedAt: T0 + millis, ...fields }
}

function spanOf(fields: Partial<SpanFacts>): SpanFacts {
  const own = { spanId: '1', name: 'n', kind: 'llm', status: 'ok', startedAt: T0, endedAt: T0 + 1000 } as const
  return { ...own, tokens: TOKENS, costNanos: 0, ...fields }
}

describe('latency', () => {
  const of = (runs: readonly RunFacts[], query: object) => {
    const signal = acceptRunSignal({ ...WINDOW, ...query }, T0)
    return runLatency(signal, groupsOf(signal, runRows(runs)))
  }

  test('of all is one row', () => {
    const runs = [runOf({}, 100), runOf({ status: 'error' }, 900), runOf({}, 5000)]
    expect(of(runs, {})).toEqual([{ key: '', runs: 3, errors: 1, p50: near(900), p95: near(5000), p99: near(5000) }])
  })

  test('of nothing is no row', () => {
    expect(of([], {})).toEqual([])
  })

  test('comes with most runs first, then by the bytes of the key', () => {
    const runs = ['b', 'c', 'c', '\u{1f600}', '\ufffd'].map((agentId) => runOf({ agentId }))
    expect(of(runs, { by: 'agent' }).map(({ key }) => key)).toEqual(['c', 'b', '\ufffd', '\u{1f600}'])
    expect(of(runs, { by: 'agent', limit: 1 }).map(({ key }) => key)).toEqual(['c'])
  })

  test('by day comes in their order', () => {
    const runs = [3, 1, 1].map((days) => runOf({ endedAt: T0 + days * DAY }))
    expect(of(runs, { by: 'day' }).map(({ key, runs }) => [key, runs])).toEqual([
      ['2026-10-21', 2],
      ['2026-10-23', 1],
    ])
  })

  test('of what tells no model has an empty key', () => {
    expect(of([runOf({ userId: 'u' })], { by: 'model' }).map(({ key }) => key)).toEqual([''])
  })

  test('is not of users who were counted and models that were not', () => {
    expect(of([runOf({ model: 'm', userId: 'u' })], { by: 'model' }).map(({ key }) => key)).toEqual(['m'])
  })
})

describe('spend', () => {
  const of = (spans: readonly SpanFacts[], query: object) => {
    const signal = acceptSpend({ ...WINDOW, ...query }, T0)
    return spend(signal, groupsOf(signal, spanRollups({ fresh: spans }).modelCalls))
  }

  test('comes with the dearest first, then with most tokens', () => {
    const spans = [
      spanOf({ model: 'cheap', costNanos: 1 }),
      spanOf({ model: 'dear', costNanos: 5_000_000_001, status: 'error' }),
      spanOf({ model: 'free', tokens: { ...TOKENS, completion: 2 } }),
      spanOf({ model: 'idle', tokens: { ...TOKENS, prompt: 1 } }),
    ]
    const rows = of(spans, { by: 'model' })
    expect(rows.map(({ key }) => key)).toEqual(['dear', 'cheap', 'free', 'idle'])
    expect(rows[0]).toEqual({ key: 'dear', calls: 1, errors: 1, tokens: TOKENS, cost: 5.000000001 })
  })

  test('may be that of runs', () => {
    const signal = acceptSpend({ ...WINDOW, of: 'runs', by: 'user' }, T0)
    const rows = runRows([runOf({ userId: 'u', usage: { completionTokens: 5, cost: 0.5 } })])
    expect(spend(signal, groupsOf(signal, rows))).toEqual([
      { key: 'u', calls: 1, errors: 0, tokens: { ...TOKENS, completion: 5 }, cost: 0.5 },
    ])
  })
})

describe('failures of tools', () => {
  const calls = [
    ...['a', 'a', 'b'].map((tool) => spanOf({ kind: 'tool', tool, agentId: 'x' })),
    spanOf({ kind: 'tool', tool: 'b', status: 'error' }),
    spanOf({ kind: 'tool', tool: 'c' }),
  ]
  const of = (query: object) => {
    const signal = acceptToolFailures({ ...WINDOW, ...query }, T0)
    return toolFailures(signal, groupsOf(signal, spanRollups({ fresh: calls }).toolCalls))
  }

  test('come with most errors first, then with most calls', () => {
    const durations = { p50: near(1000), p95: near(1000), p99: near(1000) }
    expect(of({ by: 'tool' })).toEqual([
      { key: 'b', calls: 2, errors: 1, errorRate: 0.5, ...durations },
      { key: 'a', calls: 2, errors: 0, errorRate: 0, ...durations },
      { key: 'c', calls: 1, errors: 0, errorRate: 0, ...durations },
    ])
  })

  test('of an agent have no durations', () => {
    expect(of({ by: 'tool', agentId: 'x', tool: 'b' })).toEqual([{ key: 'b', calls: 1, errors: 0, errorRate: 0 }])
  })
})

describe('activity', () => {
  const runs = ['u', 'u', 'v', undefined].map((userId) => runOf(userId === undefined ? {} : { userId }))
  const of = (query: object) => {
    const signal = acceptActivity({ ...WINDOW, ...query }, T0)
    return activity(signal, groupsOf(signal, runRows(runs)))
  }

  test('by day counts all runs, and how many users had some', () => {
    expect(of({ by: 'day' })).toEqual([{ key: '2026-10-20', runs: 4, errors: 0, users: 2 }])
  })

  test('by user counts theirs', () => {
    expect(of({ by: 'user' })).toEqual([
      { key: 'u', runs: 2, errors: 0 },
      { key: 'v', runs: 1, errors: 0 },
    ])
  })

  test('of a user by day is theirs alone', () => {
    expect(of({ by: 'day', userId: 'v' })).toEqual([{ key: '2026-10-20', runs: 1, errors: 0 }])
  })
})

test('models are compared by what runs with them took, cost and came to', () => {
  const usage = { promptTokens: 3, cost: 0.25 }
  const runs = [
    runOf({ model: 'a', agentId: 'x', usage }, 100),
    runOf({ model: 'a', agentId: 'x', usage, status: 'error' }, 100),
    runOf({ model: 'b', agentId: 'x', status: 'cancelled' }, 0),
    runOf({ model: 'c', agentId: 'y' }),
  ]
  const signal = acceptModelComparison({ ...WINDOW, agentId: 'x' }, T0)
  const [p50, p95, p99] = [near(100), near(100), near(100)]
  expect(compareModels(signal, groupsOf(signal, runRows(runs)))).toEqual([
    {
      ...{ model: 'a', runs: 2, errors: 1, cancelled: 0, errorRate: 0.5, p50, p95, p99 },
      ...{ tokens: { ...TOKENS, prompt: 6 }, cost: 0.5 },
    },
    {
      ...{ model: 'b', runs: 1, errors: 0, cancelled: 1, errorRate: 0, p50: 0, p95: 0, p99: 0 },
      ...{ tokens: TOKENS, cost: 0 },
    },
  ])
})

interface Asked {
  by?: 'agent' | 'model' | 'day'
  agentId?: string
  model?: string
}

describe('what is told of runs', () => {
  const word = fc.constantFrom('a', 'b', 'c')
  const micros = fc.double({ min: 0, max: 9, noNaN: true }).map((exponent) => Math.round(10 ** exponent))
  const run = fc
    .record({ day: fc.integer({ min: 0, max: 80 }), micros, model: word, agentId: word })
    .map(({ day, micros, ...own }) => ({
      ...runOf(own),
      startedAt: T0 + day * DAY,
      endedAt: T0 + day * DAY + micros / 1000,
    }))
  const days = fc
    .integer({ min: 0, max: 80 })
    .chain((first) =>
      fc.integer({ min: 1, max: 60 }).map((length) => ({ from: T0 + first * DAY, to: T0 + (first + length) * DAY })),
    )
  const query = fc.record(
    { by: fc.constantFrom('agent', 'model', 'day'), agentId: word, model: word },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Asked>

  /** The durations of the runs that a query is about, in milliseconds, by their key. */
  function durationsOf(runs: readonly RunFacts[], window: typeof WINDOW, { by, agentId, model }: Asked) {
    const durations = new Map<string, number[]>()
    for (const each of runs as (RunFacts & { endedAt: number; agentId: string; model: string })[]) {
      if (each.endedAt < window.from || each.endedAt >= window.to) continue
      if ((agentId ?? each.agentId) !== each.agentId || (model ?? each.model) !== each.model) continue
      const key = { agent: each.agentId, model: each.model, day: dayOf(each.endedAt), all: '' }[by ?? 'all']
      durations.set(key, [...(durations.get(key) ?? []), each.endedAt - each.startedAt])
    }
    return durations
  }

  test('is what DDSketch tells of the same runs, within the error of both', () => {
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), days, query, (runs, window, asked) => {
        const signal = acceptRunSignal({ ...window, ...asked }, T0)
        const rows = runLatency(signal, groupsOf(signal, runRows(runs)))
        const durations = durationsOf(runs, window, asked)
        expect(rows.map(({ key, runs }) => [key, runs]).toSorted()).toEqual(
          [...durations].map(([key, each]) => [key, each.length]).toSorted(),
        )
        for (const { key, p50, p95, p99 } of rows) {
          const own = durations.get(key)!
          const sketch = new DDSketch({ relativeAccuracy: RELATIVE_ERROR })
          for (const each of own) sketch.accept(each)
          for (const [q, told] of [[0.5, p50] as const, [0.95, p95] as const, [0.99, p99] as const]) {
            const place = Math.ceil(q * own.length) - 1
            const sketched = sketch.getValueAtQuantile(Math.min(1, (place + 0.5) / Math.max(1, own.length - 1)))
            expect(Math.abs(told - sketched) / sketched).toBeLessThanOrEqual(2.1 * RELATIVE_ERROR)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
