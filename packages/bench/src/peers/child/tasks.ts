import { type PlainSpan, plainRun, plainTraces } from './plain.js'
import type { ListFilter, Subject, TraceWork } from './subject.js'

/** Spans of a trace, of every batch. */
export const SPANS_OF_A_TRACE = 10
/** Milliseconds of one repetition of what is done call by call: where calls are slow there are fewer. */
const PATIENCE = 1500
const BATCH = 1000

/** What a subject can be told to do, and with what. Both sides of the channel know this list. */
export interface TaskArguments {
  ingest: { seed: number; bytes: number; batch: number; batches: number; writers: number }
  update: { seed: number; bytes: number; batch: number; batches: number }
  /** Makes the traces from one number to another, which have two spans each. */
  load: { from: number; to: number }
  list: { filter: ListFilter; calls: number }
  /** Makes traces of so many spans each. */
  loadTrace: { seed: number; traces: number; spans: number }
  trace: { spans: number; calls: number }
  append: { of: 'conversation' | 'state'; runs: number; calls: number }
}
export type TaskName = keyof TaskArguments

export interface Outcome {
  /** What was done, such as calls or spans. */
  items: number
  /** What was answered, so that it can be compared with what others answer. */
  answer?: string
}

/** What is done when the clock runs. */
export type Ready = () => Promise<Outcome>

/** Gets everything ready for one repetition. */
type Task<K extends TaskName> = (args: TaskArguments[K]) => Promise<Ready>
export type Tasks = { [K in TaskName]: Task<K> }

export function tasksOf({ traces, conversation, state }: Subject): Tasks {
  const histories = { conversation, state }
  const appended = new Map<string, number>()
  const big = new Map<number, string[]>()
  return {
    async ingest({ seed, bytes, batch, batches, writers }) {
      const work = tracesOf(traces)
      const queues = Array.from({ length: writers }, (_, writer) =>
        Array.from({ length: batches }, (_, n) => work.batch(batchOf(seed + writer * batches + n, bytes, batch))),
      )
      return async () => {
        await Promise.all(queues.map(oneByOne))
        return { items: batch * batches * writers }
      }
    },
    async update({ seed, bytes, batch, batches }) {
      const work = tracesOf(traces)
      const spans = Array.from({ length: batches }, (_, n) => batchOf(seed + n, bytes, batch))
      for (const known of spans) await work.begun(known)()
      const ends = spans.map((known) => work.ended(known))
      return async () => {
        await oneByOne(ends)
        return { items: batch * batches }
      }
    },
    async load({ from, to }) {
      const work = tracesOf(traces)
      return async () => {
        for (let at = from; at < to; at += BATCH / 2) {
          const count = Math.min(BATCH / 2, to - at)
          // The same for all subjects, and newer than what other tasks wrote.
          const wanted = { seed: 70_000_000 + at, traces: count, spans: 2, bytes: 500, from: today() + 2e6 + at * 5 }
          await work.batch(plainTraces(wanted).flat())()
        }
        return { items: to - from }
      }
    },
    async list({ filter, calls }) {
      const work = tracesOf(traces)
      const answer = (await work.list(filter)).join()
      return async () => ({ items: await repeat(calls, () => work.list(filter)), answer })
    },
    async loadTrace({ seed, traces: count, spans }) {
      const work = tracesOf(traces)
      const made = plainTraces({ seed, traces: count, spans, bytes: 2400, from: today() })
      big.set(
        spans,
        made.map(([first]) => first!.traceId),
      )
      const all = made.flat()
      return async () => {
        for (let at = 0; at < all.length; at += BATCH) await work.batch(all.slice(at, at + BATCH))()
        return { items: all.length }
      }
    },
    async trace({ spans, calls }) {
      const work = tracesOf(traces)
      const ids = big.get(spans)!
      return async () => {
        const read = async (call: number) => {
          const count = await work.trace(ids[call % ids.length]!)
          if (count !== spans) throw new Error(`a trace of ${spans} spans came back with ${count}`)
        }
        return { items: await repeat(calls, read) }
      }
    },
    async append({ of, runs, calls }) {
      const name = `${of}-${runs}`
      const before = appended.get(name) ?? 0
      const seed = (of === 'state' ? 5e8 : 0) + runs * 1_000_003 + before
      const run = (n: number) => plainRun(seed + n)
      if (before === 0)
        await histories[of].seed(
          name,
          Array.from({ length: runs }, (_, n) => run(n)),
        )
      const next = Array.from({ length: calls }, (_, n) => run(runs + n))
      appended.set(name, before + runs + calls)
      return async () => ({ items: await repeat(calls, (call) => histories[of].append(name, next[call]!)) })
    },
  }
}

function tracesOf(traces: TraceWork | undefined): TraceWork {
  if (traces === undefined) throw new Error('it keeps no traces')
  return traces
}

function batchOf(seed: number, bytes: number, spans: number): PlainSpan[] {
  const traces = Math.ceil(spans / SPANS_OF_A_TRACE)
  return plainTraces({ seed, traces, spans: SPANS_OF_A_TRACE, bytes, from: today() }).flat().slice(0, spans)
}

/** An hour after this day began: a store that has a partition a day has that of today. */
function today(): number {
  return Math.floor(Date.now() / 86_400_000) * 86_400_000 + 3_600_000
}

async function oneByOne(queue: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const work of queue) await work()
}

/** How many calls were made. */
async function repeat(most: number, call: (number: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + PATIENCE
  let calls = 0
  while (calls < most && (calls === 0 || performance.now() < end)) await call(calls++)
  return calls
}
