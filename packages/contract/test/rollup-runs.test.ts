import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { missingRows, type RollupRow, RollupSums } from '../src/rules/rollup-rows.js'
import { type RunFacts, runRollup, usersChange } from '../src/rules/rollup-runs.js'
import { RUN_STATUSES } from '../src/session.js'
import { shown } from './rollup-row.js'

const DAY = 86_400_000
const T0 = Date.UTC(2026, 10, 30)
const RUN: RunFacts = { status: 'completed', startedAt: T0, endedAt: T0 + 3, model: 'gpt-5' }

const keyOf = ({ counts: _, ...key }: RollupRow) => JSON.stringify(key)

/** What a store does with what is to be added: users first, whose rows tell how many there are. */
function kept(changes: readonly (readonly RollupRow[])[]): RollupRow[] {
  const stored = new Map<string, number>()
  const sums = new RollupSums('runs')
  for (const rows of changes) {
    for (const row of rows) stored.set(keyOf(row), (stored.get(keyOf(row)) ?? 0) + row.counts[0]!)
    sums.add(rows).add(usersChange(rows, (row) => stored.get(keyOf(row))!))
  }
  return sums.ordered()
}

describe('runs', () => {
  const usage = { promptTokens: 7, completionTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2, reasoningTokens: 1 }

  test('count on the day of their end and in its month', () => {
    const counted = { runs: 1, ...usage, costNanos: 250_000_000, d7: 1 }
    expect(shown('runs', runRollup([{ ...RUN, usage: { ...usage, cost: 0.25 } }]))).toEqual({
      '2026-11-30 all   11': counted,
      '2026-11-30 model gpt-5  11': counted,
      '2026-11 all   11': counted,
      '2026-11 model gpt-5  11': counted,
    })
  })

  test('count under each of their owners, with model and duration but for users', () => {
    const rows = runRollup([{ ...RUN, agentId: 'a', teamId: 't', workflowId: 'w', userId: 'u' }])
    expect(
      shown(
        'runs',
        rows.filter(({ period }) => period.length === 10),
      ),
    ).toEqual({
      '2026-11-30 all   11': { runs: 1, d7: 1 },
      '2026-11-30 model gpt-5  11': { runs: 1, d7: 1 },
      '2026-11-30 agent a gpt-5 11': { runs: 1, d7: 1 },
      '2026-11-30 team t gpt-5 11': { runs: 1, d7: 1 },
      '2026-11-30 workflow w gpt-5 11': { runs: 1, d7: 1 },
      '2026-11-30 user u  -1': { runs: 1 },
    })
  })

  test.each([
    ['error', { runs: 1, errors: 1, d7: 1 }],
    ['cancelled', { runs: 1, cancelled: 1, d7: 1 }],
  ] as const)('that ended as %s say so', (status, counted) => {
    expect(shown('runs', runRollup([{ ...RUN, status }]))['2026-11-30 all   11']).toEqual(counted)
  })

  test.each([
    ['is pending', { ...RUN, status: 'pending' }],
    ['goes on', { ...RUN, status: 'running' }],
    ['is paused', { ...RUN, status: 'paused' }],
    ['tells no end', { ...RUN, endedAt: undefined }],
  ] as [string, RunFacts][])('do not count what %s', (_, run) => {
    expect(runRollup([run])).toEqual([])
  })

  test('that ended before they began count as without a duration', () => {
    expect(shown('runs', runRollup([{ ...RUN, endedAt: T0 - 1 }]))).toMatchObject({
      '2026-11-29 all   -1': { runs: 1, d0: 1 },
    })
  })

  test('count no more of their usage than a call of a model can have', () => {
    const costs = [1e300, -1e300, 0.1].map((cost) => ({ ...RUN, usage: { promptTokens: 2 ** 53 - 1, cost } }))
    expect(shown('runs', runRollup(costs))['2026-11 all   11']).toEqual({
      ...{ runs: 3, d7: 3, promptTokens: 3e11, costNanos: 100_000_000 },
    })
  })

  test('that changed count as they are', () => {
    const change = runRollup([{ ...RUN, status: 'error', endedAt: T0 + DAY + 3 }], [RUN])
    expect(kept([runRollup([RUN]), change])).toEqual(runRollup([{ ...RUN, status: 'error', endedAt: T0 + DAY + 3 }]))
  })
})

describe('the users of a day', () => {
  const of = (userId: string, endedAt = T0 + 3) => runRollup([{ ...RUN, userId, endedAt }])
  const gone = (userId: string) => runRollup([], [{ ...RUN, userId }])
  const usersIn = (rows: readonly RollupRow[]) =>
    rows.filter(({ counts }) => counts[3] !== 0).map(({ period, counts }) => [period, counts[3]])

  test('are counted once each', () => {
    expect(usersIn(kept([of('u'), of('v'), of('u'), of('u', T0 + DAY)]))).toEqual([
      ['2026-11-30', 2],
      ['2026-12-01', 1],
    ])
  })

  test('are as many as have runs, where some are taken back', () => {
    expect(usersIn(kept([of('u'), of('u'), of('v'), gone('u'), gone('v')]))).toEqual([['2026-11-30', 1]])
  })

  test('are not those whose runs changed', () => {
    const failed = runRollup([{ ...RUN, userId: 'u', status: 'error' }], [{ ...RUN, userId: 'u' }])
    expect(usersChange(failed, () => 1)).toEqual([])
  })
})

describe('rollups of runs', () => {
  const word = fc.constantFrom('a', 'b')
  const small = fc.integer({ min: 0, max: 3 })
  const run = fc.record(
    {
      status: fc.constantFrom('completed', 'completed', ...RUN_STATUSES),
      startedAt: small.map((n) => T0 + n),
      endedAt: small.map((n) => T0 + (n * DAY) / 2),
      model: word,
      usage: fc.record({ promptTokens: small, cost: fc.double({ min: 0, max: 1, noNaN: true }) }, { requiredKeys: [] }),
      userId: word,
      agentId: word,
    },
    { requiredKeys: ['status', 'startedAt'] },
  ) as fc.Arbitrary<RunFacts>
  /** What becomes of a run each time: another state of it, or nothing of it. */
  const history = fc.array(fc.record({ id: small, after: fc.option(run, { nil: undefined }) }), { maxLength: 12 })

  function tell(given: readonly { id: number; after: RunFacts | undefined }[]) {
    const runs = new Map<number, RunFacts>()
    const changes = given.map(({ id, after }) => {
      const [now, before] = [after, runs.get(id)].map((each) => (each === undefined ? [] : [each]))
      if (after === undefined) runs.delete(id)
      else runs.set(id, after)
      return runRollup(now!, before)
    })
    return { rows: kept(changes), final: [...runs.values()] }
  }

  test('are those of the runs that are there, whatever they were before', () => {
    fc.assert(
      fc.property(history, (given) => {
        const { rows, final } = tell(given)
        expect(rows).toEqual(kept([runRollup(final)]))
      }),
      { numRuns: 300 },
    )
  })

  test('are mended by what is missing in some days, and in their months', () => {
    const days = fc.subarray(['2026-11-30', '2026-12-01'])
    fc.assert(
      fc.property(history, history, days, (stored, written, some) => {
        const [before, after] = [tell(stored).rows, tell(written).rows]
        const mended = new RollupSums('runs')
          .add(before)
          .add(missingRows('runs', some, before, after))
          .ordered()
        const isOne = ({ period }: RollupRow) => some.includes(period)
        const others = before.filter(({ period }) => period.length === 10 && !some.includes(period))
        expect(mended).toEqual(new RollupSums('runs').add([...others, ...after.filter(isOne)]).withMonths())
      }),
    )
  })
})
