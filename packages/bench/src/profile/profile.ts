import { Session } from 'node:inspector/promises'
import { Socket } from 'node:net'
import type { SpanInput } from '@freehold/contract'
import type { Engine } from '../engines/engine.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import { markdownTable } from '../table.js'
import { STAGES, type Stage, stagesOf } from './stages.js'

/** Spans of a batch. */
const BATCH = 500
/** How often the profiler looks, in microseconds. */
const INTERVAL = 200

/** How many are looked at, after as many that are not. */
export const BATCHES = 40

/** What one batch of new spans takes, on average. */
export interface Profile {
  batches: number
  /** Milliseconds of a batch, one after the other, and what they are spent in. */
  whole: number
  stages: Record<Stage, number>
  /** Bytes that the process sends to the server; undefined of one within it. */
  sent?: number
}

export interface EngineProfile extends Profile {
  /** The engine, for people. */
  title: string
}

/** Milliseconds of a batch by stage, an engine a column. */
export function profileTable(profiles: readonly EngineProfile[]): string {
  const stages = Object.keys(STAGES) as Stage[]
  const lines = [
    [`milliseconds of a batch of ${BATCH} spans`, ...profiles.map(({ title }) => title)],
    ...stages.map((stage) => [STAGES[stage], ...profiles.map((one) => one.stages[stage].toFixed(1))]),
    ['all', ...profiles.map(({ whole }) => whole.toFixed(1))],
    ['megabytes sent', ...profiles.map(({ sent }) => (sent === undefined ? '' : (sent / 1e6).toFixed(2)))],
  ]
  return markdownTable(lines)
}

/** Writes batches of new spans, one after the other, and looks where the time goes. */
export async function profileOf(engine: Engine, batches: number): Promise<Profile> {
  const sockets = new Set<Socket>()
  const { connect } = Socket.prototype
  // A driver may make its sockets itself: it is noticed by their connecting.
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    sockets.add(this)
    return connect.apply(this, args as never)
  } as typeof connect
  const place = await engine.place('profile')
  try {
    let seed = 1
    const next = (): SpanInput[] => {
      const batch = batchOf(seed, BATCH, Date.now())
      seed += Math.ceil(BATCH / SPANS_PER_TRACE)
      return batch
    }
    const write = (spans: SpanInput[]) => place.freehold.traces.write(spans)
    for (let n = 0; n < batches; n++) await write(next())
    const given = Array.from({ length: batches }, next)
    const sent = bytesOf(sockets)
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
    await session.post('Profiler.start')
    const start = performance.now()
    for (const batch of given) await write(batch)
    const whole = (performance.now() - start) / batches
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    const stages = stagesOf(profile)
    for (const stage of Object.keys(stages) as Stage[]) stages[stage] /= batches
    const bytes = (bytesOf(sockets) - sent) / batches
    return { batches, whole, stages, ...(bytes > 0 && { sent: bytes }) }
  } finally {
    Socket.prototype.connect = connect
    await place.remove()
  }
}

function bytesOf(sockets: ReadonlySet<Socket>): number {
  return [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0)
}
