import assert from 'node:assert/strict'
import { type AuditEntry, GENESIS, type Storage } from '@freehold/contract'
import { afterAll, describe, it } from 'vitest'
import { type Case, type Chapter, law } from './case.js'
import { ascending, upTo } from './cases/support.js'
import { toldBy } from './cases/told-spans.js'
import type { Harness } from './harness.js'
import { notRunSummary, planFor, runCase } from './suite.js'

/** A race takes up to a minute or so on a server, and more where others work on the same machine. */
const TIMEOUT = 600_000

/** How heavy the races are. */
export interface RaceSizes {
  /** Each process tells of so many traces, one after the other, each in several batches at once. */
  telling: { processes: number; traces: number }
  /** So many approvals are decided by `processes` processes of `deciders` deciders each. */
  decisions: { approvals: number; processes: number; deciders: number }
  /** Each process appends so many entries to one stream, `inFlight` at a time. */
  entries: { processes: number; each: number; inFlight: number }
  /** Each process appends so many runs to one session. */
  runs: { processes: number; each: number }
  /** So many processes start at once on an empty schema, so many times. */
  starts: { processes: number; rounds: number }
}

const SIZES: RaceSizes = {
  telling: { processes: 8, traces: 25 },
  decisions: { approvals: 500, processes: 4, deciders: 4 },
  entries: { processes: 8, each: 1_000, inFlight: 4 },
  runs: { processes: 8, each: 200 },
  starts: { processes: 8, rounds: 50 },
}

/** As many processes, and a share of what each does. */
function lighter({ telling, decisions, entries, runs, starts }: RaceSizes, share: number): RaceSizes {
  const of = (count: number) => Math.max(2, Math.round(count * share))
  return {
    telling: { ...telling, traces: of(telling.traces) },
    decisions: { ...decisions, approvals: of(decisions.approvals) },
    entries: { ...entries, each: of(entries.each) },
    runs: { ...runs, each: of(runs.each) },
    starts: { ...starts, rounds: of(starts.rounds) },
  }
}

/**
 * Registers heavy races over processes with Vitest: what the suite proves with dozens of calls, proved with thousands.
 * They take minutes, and need a harness with a `module`. No race can be excused.
 * @param share how much of it each process does, from 0 to 1: what the environment says by `PROOF_SHARE`, else all
 */
export function describeRaces(harness: Harness, share = Number(process.env.PROOF_SHARE ?? 1)): void {
  const planned = planFor({ ...harness, excuses: [] }, [racesOf(lighter(SIZES, share))])
  describe(`${harness.name}, raced`, () => {
    for (const { case: race, notRun } of planned)
      it.skipIf(notRun !== undefined)(race.law, () => runCase(harness, race), TIMEOUT)
    afterAll(() => {
      for (const line of notRunSummary(planned)) console.warn(`${harness.name}: ${line}`)
    })
  })
}

/** The races as cases of the suite, for those who run them by other means, or lighter. */
export function racesOf({ telling, decisions, entries, runs, starts }: RaceSizes): Chapter {
  const cases = [
    tellingRace(telling),
    decidingRace(decisions),
    appendingRace(entries),
    runningRace(runs),
    startingRace(starts),
  ]
  return { name: 'races', cases }
}

const NEEDS = { needs: ['processes'] } as const

function tellingRace({ processes, traces: count }: RaceSizes['telling']): Case {
  return law(
    `${processes} processes that tell of ${count} traces at the same time leave what one alone would`,
    async (subject) => {
      const reports = await subject.processes(processes, 'tellTraces', { traces: count })
      const { traces } = subject.storage
      const alone = subject.storage.tenant('alone').traces
      for (const worker of reports.keys()) for (const batch of toldBy(worker, count).flat()) await alone.write(batch)
      const { items } = await alone.find({}, { limit: 1_000 })
      for (const { traceId } of items) assert.deepEqual(await traces.get(traceId), await alone.get(traceId))
      assert.deepEqual((await traces.find({}, { limit: 1_000 })).items, items, 'a list shows other summaries')
      const written = reports.reduce((sum, report) => sum + report.written, 0)
      assert.equal(
        written,
        items.reduce((sum, { spans }) => sum + spans, 0),
        'a span was told as new twice, or never',
      )
    },
    NEEDS,
  )
}

function decidingRace({ approvals, processes, deciders }: RaceSizes['decisions']): Case {
  const sentence = `of ${processes * deciders} deciders of each of ${approvals} approvals one wins, and all learn who`
  return law(
    sentence,
    async (subject) => {
      const ids = upTo(approvals).map((n) => `approval-${n}`)
      for (const id of ids) await subject.storage.approvals.request({ id })
      const reports = await subject.processes(processes, 'decide', { ids, deciders })
      const told = reports.flatMap((report) => report.told)
      assert.equal(told.length, approvals * processes * deciders)
      const winners = told.filter(({ won }) => won)
      assert.deepEqual(winners.map(({ id }) => id).sort(), [...ids].sort())
      const winnerOf = new Map(winners.map(({ id, decider }) => [id, decider]))
      assert.deepEqual(
        told.filter(({ id, by }) => by !== winnerOf.get(id)),
        [],
        'some were told of another than the winner',
      )
      for (const [id, winner] of winnerOf) await assertDecidedOnce(subject.storage, id, winner)
    },
    NEEDS,
  )
}

async function assertDecidedOnce({ approvals }: Storage, id: string, winner: string): Promise<void> {
  assert.equal((await approvals.get(id))?.resolution?.by, winner)
  const { items } = await approvals.events(id)
  assert.deepEqual(
    items.map(({ type, by }) => [type, by]),
    [
      ['requested', undefined],
      ['approved', winner],
    ],
  )
}

function appendingRace({ processes, each, inFlight }: RaceSizes['entries']): Case {
  const all = processes * each
  return law(
    `${processes} processes that append ${each} entries each to one stream leave one chain of ${all}`,
    async (subject) => {
      const reports = await subject.processes(processes, 'appendAudit', { stream: 'race', entries: each, inFlight })
      assert.deepEqual(ascending(reports.flatMap((report) => report.seqs)), upTo(all))
      const chain = (await streamOf(subject.storage, 'race')).sort((a, b) => a.seq - b.seq)
      assert.deepEqual(
        chain.map((entry) => entry.previousHash),
        [GENESIS, ...chain.slice(0, -1).map((entry) => entry.hash)],
      )
      const { status, entries } = await subject.storage.audit.verify('race')
      assert.deepEqual({ status, entries }, { status: 'ok', entries: all })
    },
    NEEDS,
  )
}

async function streamOf({ audit }: Storage, stream: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let after: string | undefined
  do {
    const page = await audit.read({ stream }, { limit: 1_000, after })
    entries.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return entries
}

function runningRace({ processes, each }: RaceSizes['runs']): Case {
  const all = processes * each
  return law(
    `${processes} processes that append ${each} runs each to one session number them 1 to ${all}`,
    async (subject) => {
      await subject.storage.sessions.save({ id: 's', type: 'agent' })
      const reports = await subject.processes(processes, 'appendRuns', { sessionId: 's', runs: each })
      assert.deepEqual(ascending(reports.flatMap((report) => report.seqs)), upTo(all))
      assert.equal((await subject.storage.sessions.get('s'))?.runs, all)
    },
    NEEDS,
  )
}

function startingRace({ processes, rounds }: RaceSizes['starts']): Case {
  return law(
    `${processes} processes that start on an empty schema all succeed, ${rounds} times`,
    async (subject) => {
      const migrations = (await subject.storage.migrations.status()).length
      const reports = await subject.processes(processes, 'coldStarts', { rounds, workers: processes })
      const whole = Array.from({ length: rounds }, () => migrations)
      assert.deepEqual(
        reports.map(({ applied }) => applied),
        reports.map(() => whole),
      )
    },
    NEEDS,
  )
}
