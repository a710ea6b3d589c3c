import type { Approval, Storage } from '@freehold/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../src/engines/engine.js'
import { openEngine } from '../src/engines/index.js'
import { QUICK } from '../src/result.js'
import { deciding } from '../src/scenarios/approvals.js'
import { auditing } from '../src/scenarios/audit.js'
import { growing } from '../src/scenarios/growing.js'
import { measureAll } from '../src/scenarios/index.js'
import { ingest } from '../src/scenarios/ingest.js'
import { type Pair, type Scenario, withPair } from '../src/scenarios/scenario.js'
import { appending } from '../src/scenarios/sessions.js'
import { spanSizes } from '../src/scenarios/sizes.js'

let engine: Engine

beforeAll(async () => {
  engine = await openEngine('sqlite', { named: false })
})

afterAll(() => engine.dispose())

const say = () => undefined

/** Runs a scenario, and looks at what it left in both databases. */
function after(scenario: Scenario, look: (pair: Pair) => Promise<void>): Promise<void> {
  return withPair(engine, scenario.name, async (pair) => {
    await scenario({ engine: 'sqlite', sizes: QUICK, say }, pair)
    await look(pair)
  })
}

test('every scenario measures, and both sides where there are two', async () => {
  const { technique, measured } = await measureAll(engine, QUICK, say)
  expect(technique).toContain('INSERT')
  expect(measured.length).toBeGreaterThan(10)
  for (const { what, freehold, raw } of measured) {
    expect(freehold, what).toBeGreaterThan(0)
    if (raw !== undefined) expect(raw, what).toBeGreaterThan(0)
  }
  // Two databases each, made one after the other.
}, 300_000)

describe('the hand-written side leaves what Freehold leaves', () => {
  test('in ingest', () =>
    after(ingest, async ({ a, b }) => {
      const { items } = await a.freehold.traces.find({}, { limit: 1000 })
      const ids = items.map(({ traceId }) => traceId)
      const [ours, theirs] = await Promise.all([a, b].map(async ({ raw }) => raw.traceRows(ids)))
      expect(ours!.spans.length).toBeGreaterThan(QUICK.batch * QUICK.batches)
      expect(sorted(theirs!.traces)).toEqual(sorted(ours!.traces))
      expect(sorted(theirs!.spans)).toEqual(sorted(ours!.spans))
      expect(await b.freehold.traces.get(ids[0]!)).toEqual(await a.freehold.traces.get(ids[0]!))
    }))

  test('in what spans share', () =>
    after(spanSizes, async ({ a, b }) => {
      const { items } = await a.freehold.traces.find({}, { limit: 1000 })
      const ids = items.map(({ traceId }) => traceId)
      const [ours, theirs] = await Promise.all([a, b].map(async ({ raw }) => raw.traceRows(ids)))
      expect(ours!.texts.length).toBeGreaterThan(0)
      expect(sorted(theirs!.texts)).toEqual(sorted(ours!.texts))
      expect(sorted(theirs!.spans)).toEqual(sorted(ours!.spans))
    }))

  test('in growing runs, where nothing is shared', () =>
    after(growing, async ({ a, b }) => {
      const { items } = await b.freehold.traces.find({}, { limit: 1000 })
      const longest = items.reduce((one, other) => (other.spans > one.spans ? other : one))
      const [ours, theirs] = await Promise.all([a, b].map(({ raw }) => raw.traceRows([longest.traceId])))
      expect([ours!.texts.length > 0, theirs!.texts.length]).toEqual([true, 0])
      expect(await b.freehold.traces.get(longest.traceId)).toEqual(await a.freehold.traces.get(longest.traceId))
    }))

  test('in sessions', () =>
    after(appending, async ({ a, b }) => {
      const runs = await runsOf(a.freehold)
      expect(runs.length).toBeGreaterThan(QUICK.appends)
      expect(await runsOf(b.freehold)).toEqual(runs)
      const session = await b.freehold.sessions.get(runs[0]!.sessionId)
      expect(session?.runs).toBe(runs.filter(({ sessionId }) => sessionId === session?.id).length)
    }))

  test('in approvals', () =>
    after(deciding, async ({ a, b }) => {
      const id = 'approval-1-0'
      const [ours, theirs] = await Promise.all([a, b].map(({ freehold }) => freehold.approvals.get(id)))
      expect(ours!.status).toBe('approved')
      expect(timeless(theirs!)).toEqual(timeless(ours!))
      const [events, rawEvents] = await Promise.all([a, b].map(({ freehold }) => freehold.approvals.events(id)))
      expect(rawEvents!.items.map(({ seq, type, by }) => ({ seq, type, by }))).toEqual(
        events!.items.map(({ seq, type, by }) => ({ seq, type, by })),
      )
    }))

  test('in the audit, whose chain verifies', () =>
    after(auditing, async ({ a, b }) => {
      const [ours, theirs] = await Promise.all([a, b].map(({ freehold }) => freehold.audit.verify()))
      expect(ours!.status).toBe('ok')
      expect(theirs!.status).toBe('ok')
      expect(await b.raw.verifyEntries()).toBe(theirs!.entries)
    }))
})

/** `batch` tells which call wrote a row. */
function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map(({ batch: _, ...row }) => JSON.stringify(row)).sort()
}

async function runsOf({ sessions }: Storage) {
  const { items } = await sessions.runs({}, { limit: 1000 })
  return Promise.all(items.map(async ({ id }) => (await sessions.run(id))!))
}

function timeless({ requestedAt: _, votes, resolution, ...approval }: Approval) {
  return {
    ...approval,
    votes: votes.map(({ at: _, ...vote }) => vote),
    resolution: { ...resolution, at: undefined },
  }
}
