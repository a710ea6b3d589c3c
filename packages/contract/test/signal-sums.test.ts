import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptActivity, acceptModelComparison, acceptSpend, acceptToolFailures } from '../src/rules/accept-signals.js'
import { type RunFacts, runRollup, usersChange } from '../src/rules/rollup-runs.js'
import { spanRollups } from '../src/rules/rollup-spans.js'
import { activity, compareModels, groupsOf, spend, toolFailures } from '../src/rules/signal-rows.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import type { SpendQuery } from '../src/signals.js'
import { dayOf } from '../src/time.js'

const DAY = 86_400_000
const T0 = Date.UTC(2026, 9, 20)
const TOKENS = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

const word = fc.constantFrom('a', 'b', 'c')
const small = fc.integer({ min: 0, max: 5 })
const at = fc.integer({ min: 0, max: 80 }).map((day) => T0 + day * DAY)
const window = fc
  .tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 60 }))
  .map(([first, length]) => ({ from: T0 + first * DAY, to: T0 + (first + length) * DAY }))
const owned = { agentId: word, teamId: word, workflowId: word, userId: word, model: word }
const own = fc.record({ ...owned, endedAt: at }, { requiredKeys: ['endedAt'] })

/** What a signal is about: of all, of one that is named, and by each kind of key. */
const KEYS = { agent: 'agentId', team: 'teamId', workflow: 'workflowId', user: 'userId', model: 'model' } as const
type Key = (typeof KEYS)[keyof typeof KEYS] | 'tool'
type Owned = { endedAt?: number } & { [K in Key]?: string }

/** The things that a query is about, by the key of their row. */
function groupedBy<T extends Owned>(things: readonly T[], { from, to, by, ...filters }: Record<string, unknown>) {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    if (thing.endedAt! < (from as number) || thing.endedAt! >= (to as number)) continue
    const told = (field: Key) => thing[field] ?? (field === 'model' ? '' : undefined)
    if (Object.entries(filters).some(([field, value]) => told(field as Key) !== value)) continue
    const fields: Record<string, Key> = { ...KEYS, tool: 'tool' }
    const key = by === undefined ? '' : by === 'day' ? dayOf(thing.endedAt!) : told(fields[by as string]!)
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), thing])
  }
  return groups
}

function sumOf<T>(things: readonly T[], count: (thing: T) => number | undefined): number {
  return things.reduce((sum, thing) => sum + (count(thing) ?? 0), 0)
}

const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)

describe('what spans come to', () => {
  const span = fc
    .record({ own, tool: word, kind: fc.constantFrom('llm', 'tool'), failed: fc.boolean(), prompt: small, cost: small })
    .map(
      ({ own, tool, kind, failed, prompt, cost }): SpanFacts => ({
        ...{ spanId: '1', name: 'n', startedAt: T0, status: failed ? 'error' : 'ok' },
        ...own,
        ...(kind === 'llm' ? { kind } : { kind: 'tool', tool }),
        tokens: { ...TOKENS, prompt },
        costNanos: cost * 1e8,
      }),
    )
  const spans = fc.array(span, { maxLength: 40 })
  const query: fc.Arbitrary<Partial<SpendQuery>> = fc.oneof(
    fc.record({ by: fc.constantFrom('agent', 'team', 'workflow', 'user', 'model', 'day') }, { requiredKeys: [] }),
    fc.record(
      { by: fc.constantFrom('agent', 'team', 'workflow', 'model', 'day'), model: word },
      { requiredKeys: ['model'] },
    ),
    fc.record(
      { by: fc.constantFrom('agent', 'model', 'day'), agentId: word, model: word },
      { requiredKeys: ['agentId'] },
    ),
    fc.record({ by: fc.constantFrom('user', 'day'), userId: word }, { requiredKeys: ['userId'] }),
  )

  test('is told as they themselves tell', () => {
    fc.assert(
      fc.property(spans, window, query, (given, days, asked) => {
        const signal = acceptSpend({ ...days, ...asked }, T0)
        const calls = given.filter(({ kind }) => kind === 'llm')
        const told = spend(signal, groupsOf(signal, spanRollups({ fresh: given }).modelCalls))
        expect(told.toSorted(byKey)).toEqual(
          [...groupedBy(calls, { ...days, ...asked })]
            .map(([key, own]) => ({
              ...{ key, calls: own.length, errors: sumOf(own, ({ status }) => (status === 'error' ? 1 : 0)) },
              tokens: { ...TOKENS, prompt: sumOf(own, ({ tokens }) => tokens.prompt) },
              cost: sumOf(own, ({ costNanos }) => costNanos) / 1e9,
            }))
            .sort(byKey),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('is told of tools as they themselves tell', () => {
    const ask = fc.record(
      { by: fc.constantFrom('tool', 'agent', 'day'), agentId: word, tool: word },
      { requiredKeys: [] },
    ) as fc.Arbitrary<{ by?: 'tool' | 'agent' | 'day'; agentId?: string; tool?: string }>
    fc.assert(
      fc.property(spans, window, ask, (given, days, asked) => {
        const signal = acceptToolFailures({ ...days, ...asked }, T0)
        const told = toolFailures(signal, groupsOf(signal, spanRollups({ fresh: given }).toolCalls))
        const calls = given.filter(({ kind }) => kind === 'tool')
        expect(told.map(({ key, calls, errors }) => ({ key, calls, errors })).toSorted(byKey)).toEqual(
          [...groupedBy(calls, { ...days, ...asked })]
            .map(([key, own]) => ({
              ...{ key, calls: own.length, errors: sumOf(own, ({ status }) => (status === 'error' ? 1 : 0)) },
            }))
            .sort(byKey),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('what runs come to', () => {
  const run = fc
    .record({ own, status: fc.constantFrom('completed', 'error', 'cancelled'), prompt: small })
    .map(({ own, status, prompt }) => ({ startedAt: T0, status, usage: { promptTokens: prompt }, ...own }) as RunFacts)
  const runs = fc.array(run, { maxLength: 40 })
  const rowsOf = (given: readonly RunFacts[]) => {
    const rows = runRollup(given)
    return [...rows, ...usersChange(rows, ({ counts }) => counts[0]!)]
  }

  test.each(['user', 'day'] as const)('is told by %s as they themselves tell', (by) => {
    fc.assert(
      fc.property(runs, window, (given, days) => {
        const signal = acceptActivity({ ...days, by }, T0)
        const told = activity(signal, groupsOf(signal, rowsOf(given)))
        expect(told.map(({ key, runs, users }) => ({ key, runs, users })).toSorted(byKey)).toEqual(
          [...groupedBy(given, { ...days, by })]
            .map(([key, own]) => {
              const users = new Set(own.flatMap(({ userId }) => userId ?? []))
              return { key, runs: own.length, users: by === 'day' ? users.size : undefined }
            })
            .sort(byKey),
        )
      }),
    )
  })

  test('is told of models as they themselves tell', () => {
    const asked = fc.record({ agentId: word }, { requiredKeys: [] }) as fc.Arbitrary<{ agentId?: string }>
    fc.assert(
      fc.property(runs, window, asked, (given, days, of) => {
        const signal = acceptModelComparison({ ...days, ...of }, T0)
        const told = compareModels(signal, groupsOf(signal, rowsOf(given)))
        expect(
          told.map(({ model, runs, cancelled, tokens }) => [model, runs, cancelled, tokens.prompt]).toSorted(),
        ).toEqual(
          [...groupedBy(given, { ...days, ...of, by: 'model' })]
            .map(([key, own]) => [
              ...[key, own.length, sumOf(own, ({ status }) => (status === 'cancelled' ? 1 : 0))],
              sumOf(own, ({ usage }) => usage?.promptTokens),
            ])
            .sort(),
        )
      }),
    )
  })
})
