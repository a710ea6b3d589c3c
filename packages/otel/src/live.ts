import { hash } from 'node:crypto'
import type { SpanInput } from '@freehold/contract'
import { CONVENTIONS } from './conventions/table.js'
import type { SdkSpan } from './from-sdk.js'

/** How often, in milliseconds, what runs is looked through, how long a span runs until it is told, and how often that its run lives. */
export interface Pace {
  look: number
  tell: number
  beat: number
}

/** A start is to be seen within a second. Most spans end before they are told, and cost nothing so. */
const PACE: Pace = { look: 150, tell: 600, beat: 30_000 }

/** Most that are watched: one that is never ended stays. Of more the oldest are forgotten. */
const MOST = 50_000
/** Most that are told at once. */
const BATCH = 500
/** Longest pause after a failure, in milliseconds: the end of a span tells all of it in the end. */
const PAUSE = 5_000

interface Running {
  span: SdkSpan
  /** Of the span above it. */
  parent: string | undefined
  since: number
  isTold: boolean
  /** When it was told last that it lives. */
  beat: number
}

/**
 * Tells of spans that have started and not ended, so that a run is seen while it goes on, and that the process of a run that takes
 * long still lives. One write at a time, and none is tried again.
 */
export class LiveSpans {
  readonly #tell: (started: readonly SdkSpan[], living: readonly SdkSpan[]) => Promise<unknown>
  readonly #pace: Pace
  readonly #running = new Map<string, Running>()
  #timer: NodeJS.Timeout | undefined
  #quietUntil = 0
  #isStopped = false

  /** @param tell writes the starts of some spans, and of some runs that they live */
  constructor(tell: (started: readonly SdkSpan[], living: readonly SdkSpan[]) => Promise<unknown>, pace = PACE) {
    this.#tell = tell
    this.#pace = pace
  }

  started(span: SdkSpan): void {
    if (this.#isStopped) return
    const now = performance.now()
    const { traceId, spanId } = span.spanContext()
    const parentId = span.parentSpanContext?.spanId ?? span.parentSpanId
    const parent = parentId === undefined ? undefined : traceId + parentId
    this.#running.set(traceId + spanId, { span, parent, since: now, isTold: false, beat: now })
    if (this.#running.size > MOST) this.#running.delete(this.#running.keys().next().value!)
    this.#look(this.#pace.tell)
  }

  ended(span: SdkSpan): void {
    const { traceId, spanId } = span.spanContext()
    this.#running.delete(traceId + spanId)
  }

  stop(): void {
    this.#isStopped = true
    this.#running.clear()
    clearTimeout(this.#timer)
  }

  #look(wait: number): void {
    this.#timer ??= setTimeout(() => void this.#next(), wait).unref()
  }

  async #next(): Promise<void> {
    const now = performance.now()
    if (now >= this.#quietUntil) await this.#tellOfAll(now)
    this.#timer = undefined
    if (this.#running.size > 0 && !this.#isStopped) this.#look(this.#pace.look)
  }

  async #tellOfAll(now: number): Promise<void> {
    const { tell, beat } = this.#pace
    const started: Running[] = []
    const living: Running[] = []
    for (const running of this.#running.values()) {
      if (now - running.since < tell) break
      if (started.length + living.length >= BATCH) break
      if (!running.isTold) started.push(running)
      // What runs below another is alive with that.
      else if (now - running.beat >= beat && !this.#running.has(running.parent ?? '')) living.push(running)
    }
    if (started.length + living.length === 0) return
    try {
      await this.#tell(
        started.map(({ span }) => span),
        living.map(({ span }) => span),
      )
      for (const running of started) running.isTold = true
      for (const running of [...started, ...living]) running.beat = now
    } catch {
      this.#quietUntil = performance.now() + PAUSE
    }
  }
}

/**
 * A span below a run that lasts as long as it is known to live: its end grows, and nothing else of it, so that each of these
 * records is one of the same span. It begins behind the run, which may have no parent that is known: the first of a trace names it.
 */
export function heartbeatOf({ traceId, spanId, startedAt }: SpanInput): SpanInput {
  return {
    traceId,
    spanId: hash('sha256', `heartbeat of ${traceId} ${spanId}`).slice(0, 16),
    parentId: spanId,
    name: 'heartbeat',
    kind: 'other',
    startedAt: startedAt + 1,
    endedAt: Math.max(startedAt + 1, Date.now()),
    reading: CONVENTIONS.reading,
  }
}
