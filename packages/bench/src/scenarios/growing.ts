import { Agent, type Sending } from '../agent.js'
import { demoRun, type GrowingRun, type RunShape, type RunSpan, turnsOf } from '../growing-runs.js'
import { race, type Side, sampleOf } from '../measure.js'
import { Random } from '../random.js'
import { recordedRun } from '../recorded-runs.js'
import { lineOf, type Measured, withBudget } from '../result.js'
import { callsWithin, repeat } from './calls.js'
import type { Bench, Pair } from './scenario.js'
import { makeDays } from './writes.js'

/** A fifteenth of what the demo's runs took on SQLite when each span had its attributes for itself. */
const LIMIT_MB = 5

interface Way {
  what: string
  shape: RunShape
  sending: Sending
}

const WAYS: readonly Way[] = (['together', 'one by one'] as const).flatMap((sending) => [
  { what: `growing runs of the demo, spans ${sending}`, shape: demoRun, sending },
  { what: `growing recorded runs, spans ${sending}`, shape: recordedRun, sending },
])

/** Runs whose context grows, and is told whole with every call of a model. */
export async function growing(bench: Bench, pair: Pair): Promise<Measured[]> {
  await makeDays(pair)
  const lines: Measured[] = []
  let held = 0
  for (const [place, way] of WAYS.entries()) {
    bench.say(way.what)
    const runs = runsOf(bench, way.shape, 1000 * place)
    const { traceIds, line } = await writing(pair, way, runs.runs)
    // Of the first, the whole database; of each other what it takes more.
    const before = held
    held = await pair.a.raw.bytesAtRest()
    lines.push(...atRest(bench, way, runs, held - before), line, await reading(bench, pair, way, traceIds))
  }
  return lines
}

interface Runs {
  runs: readonly GrowingRun[]
  /** Characters that were said in them, each time they were said for the first time. */
  text: number
}

function runsOf({ sizes }: Bench, shape: RunShape, seed: number): Runs {
  const made = Array.from({ length: sizes.growingRuns }, (_, i) => {
    const random = new Random(seed + i)
    const turns = turnsOf(random, sizes.growingSteps)
    return { run: shape(turns, random), text: sum(turns.map(({ message, answer }) => message.length + answer.length)) }
  })
  return { runs: made.map(({ run }) => run), text: sum(made.map(({ text }) => text)) }
}

/** Each run is a sample. By hand are the rows that it makes, where it is written as a whole. */
async function writing({ a, b }: Pair, { what, sending }: Way, runs: readonly GrowingRun[]) {
  const agent = new Agent(a.freehold.traces)
  const traceIds: string[] = []
  const times = { freehold: [] as number[], raw: [] as number[] }
  for (const run of runs) {
    const start = performance.now()
    const traceId = await agent.run(run, sending)
    times.freehold.push(performance.now() - start)
    traceIds.push(traceId)
    if (sending === 'one by one') continue
    const send = b.raw.ingest(await a.raw.traceRows([traceId]))
    const rawStart = performance.now()
    await send()
    times.raw.push(performance.now() - rawStart)
  }
  await agent.stop()
  // The first of each warms up.
  const [freehold, raw] = [times.freehold, times.raw].map((list) => list.slice(1)) as [number[], number[]]
  const line = lineOf({
    what: `write ${what}`,
    unit: 'spans/s',
    items: runs[0]!.spans.length + 1,
    freehold: sampleOf(freehold),
    ...(raw.length > 0 && { raw: sampleOf(raw) }),
  })
  return { traceIds, line }
}

function atRest({ engine, sizes }: Bench, { what, shape }: Way, { runs, text }: Runs, bytes: number): Measured[] {
  const sent = sum(runs.flatMap(({ root, spans }) => [root, ...spans].map(bytesOf)))
  const of = `${sizes.growingRuns} ${what}: ${megabytes(text)} of text, ${megabytes(sent)} of attributes`
  const line: Measured = { what: `at rest, ${of}`, unit: 'MB', freehold: bytes / 1e6 }
  const ratio: Measured = { what: 'attributes sent : at rest', unit: '×', freehold: sent / bytes }
  const hasBudget = engine === 'sqlite' && shape === demoRun
  return [hasBudget ? withBudget(line, `≤ ${LIMIT_MB} MB`, line.freehold <= LIMIT_MB) : line, ratio]
}

/** By hand the spans and what they share are read, and not put together. */
async function reading({ sizes }: Bench, { a }: Pair, { what }: Way, traceIds: readonly string[]): Promise<Measured> {
  await a.raw.settle()
  const traceId = (call: number) => traceIds[call % traceIds.length]!
  const items = await callsWithin(sizes.gets, () => a.freehold.traces.get(traceIds[0]!))
  const freehold: Side = async () => () => repeat(items, (call) => a.freehold.traces.get(traceId(call)))
  const raw: Side = async () => () =>
    repeat(items, async (call) => {
      await a.raw.trace(traceId(call))
      await a.raw.texts(traceId(call))
    })
  return lineOf({ what: `get one of ${what}`, unit: 'ms', items, ...(await race(sizes.repetitions, freehold, raw)) })
}

function bytesOf({ attributes }: RunSpan): number {
  return Buffer.byteLength(JSON.stringify(attributes))
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
