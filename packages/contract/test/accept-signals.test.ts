import { describe, expect, test } from 'vitest'
import type { StoreError } from '../src/errors.js'
import {
  type AcceptedSignal,
  acceptActivity,
  acceptModelComparison,
  acceptRebuild,
  acceptRunSignal,
  acceptSpend,
  acceptToolFailures,
} from '../src/rules/accept-signals.js'
import { MAX_TIMESTAMP } from '../src/time.js'
import { fieldsOf } from './refused-fields.js'

const DAY = 86_400_000
const FROM = Date.UTC(2026, 10, 30)
const NOW = Date.UTC(2026, 11, 1, 12)
const WINDOW = { from: FROM, to: FROM + 2 * DAY }
const PERIODS = ['2026-11-30', '2026-12-01']

type Accept = (query: never, now: number) => AcceptedSignal
const QUERIES: readonly [string, Accept][] = [
  ['runLatency', acceptRunSignal],
  ['spend', acceptSpend],
  ['toolFailures', acceptToolFailures],
  ['activity', acceptActivity],
  ['compareModels', acceptModelComparison],
]

function asked(accept: Accept, query: object) {
  const {
    rollup,
    octaves,
    periods,
    less,
    counts: _,
    ...question
  } = accept({ ...WINDOW, ...query } as never, NOW).question
  expect([periods, less]).toEqual([PERIODS, []])
  return [rollup, octaves, question]
}

function refused(accept: Accept, query: unknown): string[] {
  return fieldsOf(() => accept(query as never, NOW))
}

describe.each(QUERIES)('a query of %s', (_, accept) => {
  test('asks about the days of its window', () => {
    expect(accept(WINDOW as never, NOW).question.periods).toEqual(PERIODS)
  })

  test('without an end asks up to the end of today', () => {
    expect(accept({ from: FROM } as never, NOW).question.periods).toEqual(PERIODS)
    expect(refused(accept, { from: FROM + 2 * DAY })).toEqual(['from'])
  })

  test('tells 1,000 rows unless told', () => {
    expect([{}, { limit: 7 }].map((limit) => accept({ ...WINDOW, ...limit } as never, NOW).limit)).toEqual([1000, 7])
  })

  test.each([
    [{}, ['from']],
    [{ from: '2026-12-01' }, ['from']],
    [{ from: FROM + 0.001, to: FROM - 0.001 }, ['from', 'to']],
    [{ from: MAX_TIMESTAMP }, ['from']],
    [{ from: FROM, to: FROM }, ['from']],
    [{ from: FROM, to: FROM - DAY }, ['from']],
    [{ from: FROM, to: FROM + 366 * DAY }, []],
    [{ from: FROM, to: FROM + 367 * DAY }, ['from']],
    [{ ...WINDOW, limit: 0 }, ['limit']],
    [{ ...WINDOW, limit: 1001 }, ['limit']],
    [{ ...WINDOW, to: null }, ['to']],
    [{ ...WINDOW, by: 'colour', where: 1 }, accept === acceptModelComparison ? ['by', 'where'] : ['where', 'by']],
    [undefined, [expect.any(String), 'from']],
  ])('%j has problems with %j', (query, fields) => {
    expect(refused(accept, query)).toEqual(fields)
  })

  test('names the days between which a time lies', () => {
    let told: StoreError | undefined
    try {
      accept({ from: NOW } as never, NOW)
    } catch (error) {
      told = error as StoreError
    }
    const [today, next] = [Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 2)]
    expect(told?.problems[0]?.message).toContain(`${today} (2026-12-01) or ${next} (2026-12-02)`)
  })
})

test('what is counted anew are days', () => {
  expect(acceptRebuild({ from: FROM }, NOW)).toEqual(PERIODS)
  expect(fieldsOf(() => acceptRebuild({ ...WINDOW, limit: 1 } as never, NOW))).toEqual(['limit'])
  expect(fieldsOf(() => acceptRebuild({ from: FROM + 1 }, NOW))).toEqual(['from'])
})

describe('a question', () => {
  test.each<[string, Accept, object, unknown[]]>([
    ['of latency', acceptRunSignal, {}, ['runs', true, { dimension: 'all' }]],
    ['by agent', acceptRunSignal, { by: 'agent' }, ['runs', true, { dimension: 'agent', groupBy: 'value' }]],
    ['by model', acceptRunSignal, { by: 'model' }, ['runs', true, { dimension: 'model', groupBy: 'value' }]],
    ['of a model', acceptRunSignal, { model: 'm' }, ['runs', true, { dimension: 'model', value: 'm' }]],
    [
      'of a team by model',
      acceptRunSignal,
      { by: 'model', teamId: 't' },
      ['runs', true, { dimension: 'team', value: 't', groupBy: 'name' }],
    ],
    [
      'of an agent and a model',
      acceptRunSignal,
      { agentId: 'a', model: 'm', by: 'agent' },
      ['runs', true, { dimension: 'agent', value: 'a', name: 'm', groupBy: 'value' }],
    ],
    ['of spend by user', acceptSpend, { by: 'user' }, ['modelCalls', false, { dimension: 'user', groupBy: 'value' }]],
    ['of what runs spent', acceptSpend, { of: 'runs' }, ['runs', false, { dimension: 'all' }]],
    [
      'of a user by day',
      acceptSpend,
      { userId: 'u', by: 'day' },
      ['modelCalls', false, { dimension: 'user', value: 'u', groupBy: 'period' }],
    ],
    ['of tools', acceptToolFailures, { by: 'tool' }, ['toolCalls', true, { dimension: 'tool', groupBy: 'value' }]],
    [
      'of a tool by day',
      acceptToolFailures,
      { by: 'day', tool: 't' },
      ['toolCalls', true, { dimension: 'tool', value: 't', groupBy: 'period' }],
    ],
    ['of all tools', acceptToolFailures, { by: 'day' }, ['toolCalls', false, { dimension: 'all', groupBy: 'period' }]],
    [
      'of the tools of an agent',
      acceptToolFailures,
      { by: 'tool', agentId: 'a' },
      ['toolCalls', false, { dimension: 'agent', value: 'a', groupBy: 'name' }],
    ],
    ['of activity', acceptActivity, { by: 'user' }, ['runs', false, { dimension: 'user', groupBy: 'value' }]],
    ['of one user', acceptActivity, { userId: 'u' }, ['runs', false, { dimension: 'user', value: 'u' }]],
    ['of all models', acceptModelComparison, {}, ['runs', true, { dimension: 'model', groupBy: 'value' }]],
    [
      'of models',
      acceptModelComparison,
      { agentId: 'a' },
      ['runs', true, { dimension: 'agent', value: 'a', groupBy: 'name' }],
    ],
  ])('%s', (_, accept, query, question) => {
    expect(asked(accept, query)).toEqual(question)
  })

  test.each<[string, Accept, object, string[]]>([
    ['two owners', acceptSpend, { agentId: 'a', teamId: 't' }, ['teamId']],
    ['one owner by another', acceptRunSignal, { agentId: 'a', by: 'team' }, ['by']],
    ['the models of a user', acceptSpend, { userId: 'u', by: 'model' }, ['by']],
    ['a model by user', acceptSpend, { by: 'user', model: 'm' }, ['model']],
    ['the latency of a user', acceptRunSignal, { userId: 'u' }, ['userId']],
    ['what is neither calls nor runs', acceptSpend, { of: 'spans' }, ['of']],
    ['a model that is too long', acceptSpend, { model: 'm'.repeat(256) }, ['model']],
    ['an owner that is no id', acceptActivity, { userId: '' }, ['userId']],
  ])('is not about %s', (_, accept, query, fields) => {
    expect(refused(accept, { ...WINDOW, ...query })).toEqual(fields)
  })

  test('by day asks about each of them, others about months where they can', () => {
    const year = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) }
    const periods = (by: 'day' | 'model') => acceptRunSignal({ ...year, by }, NOW).question.periods
    expect([periods('day').length, periods('model').length]).toEqual([365, 12])
  })
})
