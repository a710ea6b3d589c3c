import { SPAN_TEXTS, type SpanTexts, wholeTexts } from '@freehold/contract'
import { Agent, type Sending } from '../agent.js'
import type { Row } from '../engines/driver.js'
import type { Place } from '../engines/engine.js'
import type { TraceRows } from '../engines/hand-written.js'
import { demoRun, type GrowingRun, type RunShape, type RunSpan, turnsOf } from '../growing-runs.js'
import { inTurns, race, type Side, sampleOf } from '../measure.js'
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

const WAYS: readonly Way[] = [
  { what: 'growing runs of the demo, sent as each ends', shape: demoRun, sending: 'together' },
  { what: 'growing runs of the demo, sent span by span', shape: demoRun, sending: 'one by one' },
  { what: 'growing runs after a recorded one, sent as each ends', shape: recordedRun, sending: 'together' },
]

/** Runs whose context grows, and is told whole with every call of a model. */
export async function growing(bench: Bench, pair: Pair): Promise<Measured[]> {
  await makeDays(pair)
  const lines: Measured[] = []
  const held = { a: 0, b: 0 }
  for (const [place, way] of WAYS.entries()) {
    bench.say(way.what)
    const runs = runsOf(bench, way.shape, 1000 * place)
    const { traceIds, line } = await writing(pair, way, runs.runs)
    // Of the first, the whole database; of each other what it takes more.
    const [a, b] = await Promise.all([pair.a.raw.bytesAtRest(), pair.b.raw.bytesAtRest()])
    const bytes = { freehold: a - held.a, ...(way.sending === 'together' && { raw: b - held.b }) }
    Object.assign(held, { a, b })
    lines.push(...atRest(bench, way, runs, bytes), line, await reading(bench, pair, way, traceIds))
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

/** Each run is a sample. By hand a run is written as a whole, and each span keeps its attributes for itself. */
async function writing(pair: Pair, { what, sending }: Way, runs: readonly GrowingRun[]) {
  const agent = new Agent(pair.a.freehold.traces)
  const traceIds: string[] = []
  const times = { freehold: [] as number[], raw: [] as number[] }
  for (const run of runs) {
    const start = performance.now()
    const traceId = await agent.run(run, sending)
    times.freehold.push(performance.now() - start)
    traceIds.push(traceId)
    if (sending === 'one by one') continue
    const send = pair.b.raw.ingest(await wholeRows(pair.a, traceId))
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

/** The rows of a trace, none of which shares anything with another. */
async function wholeRows({ raw }: Place, traceId: string): Promise<TraceRows> {
  const { traces, spans, texts } = await raw.traceRows([traceId])
  // A row has its key in columns, and a document in one field.
  const nameOf = ({ name, _id }: Row) => (name ?? (_id as { name: string }).name) as string
  const pieces = new Map(texts.map((row) => [nameOf(row), row.text as string]))
  return { traces, spans: spans.map((row) => ({ ...row, ...wholeTexts(textsOf(row), pieces) })), texts: [] }
}

function textsOf(row: Row): SpanTexts {
  return Object.fromEntries(SPAN_TEXTS.filter((field) => row[field]).map((field) => [field, row[field]]))
}

function atRest(
  { engine, sizes }: Bench,
  { what, shape }: Way,
  { runs, text }: Runs,
  bytes: { freehold: number; raw?: number },
): Measured[] {
  const sent = sum(runs.flatMap(({ root, spans }) => [root, ...spans].map(bytesOf)))
  const of = `${sizes.growingRuns} ${what}: ${megabytes(text)} of text, ${megabytes(sent)} of attributes`
  const inUnits = (figure: (bytes: number) => number) => ({
    freehold: figure(bytes.freehold),
    ...(bytes.raw !== undefined && { raw: figure(bytes.raw) }),
  })
  const line: Measured = { what: `at rest, ${of}`, unit: 'MB', ...inUnits((bytes) => bytes / 1e6) }
  const ratio: Measured = { what: 'attributes sent : at rest', unit: '×', ...inUnits((bytes) => sent / bytes) }
  const hasBudget = engine === 'sqlite' && shape === demoRun
  return [hasBudget ? withBudget(line, `≤ ${LIMIT_MB} MB`, line.freehold <= LIMIT_MB) : line, ratio]
}

async function reading(
  { sizes }: Bench,
  { a, b }: Pair,
  { what, sending }: Way,
  traceIds: readonly string[],
): Promise<Measured> {
  for (const { raw } of [a, b]) await raw.settle()
  const items = await callsWithin(traceIds.length, () => a.freehold.traces.get(traceIds[0]!))
  const freehold: Side = async () => () => repeat(items, (call) => a.freehold.traces.get(traceIds[call]!))
  const raw: Side = async () => () => repeat(items, (call) => b.raw.trace(traceIds[call]!))
  const times =
    sending === 'together'
      ? await race(sizes.repetitions, freehold, raw)
      : await inTurns(sizes.repetitions, { freehold })
  return lineOf({ what: `get one of ${what}`, unit: 'ms', items, ...times })
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
