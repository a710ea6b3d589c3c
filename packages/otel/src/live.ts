import { hash } from 'node:crypto'
import { MAX_BATCH, type SpanInput } from '@freehold/contract'
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
/**
 * How many starts may be told: at once, of each second, and for each span that ends. A start costs what an end does, and to put
 * the end in its place as much again and more, up to ten times in all where traces are many: one for a hundred ends is below 1.3 times.
 */
export const ALLOWED = { atOnce: 1_000, ofSecond: 10, ofEnd: 1 / 100 } as const
/** Longest pause after a failure, in milliseconds: the end of a span tells all of it in the end. */
const PAUSE = 5_000

interface Running {
  span: SdkSpan
  /** Of the span above it. */
  parent: string | undefined
  since: number
  isTold: boolean
  /** To tell of its start, perhaps for the sake of another. */
  hasFailed: boolean
  /** When it was told last that it lives. */
  beat: number
}

/** What is to be told. */
interface Due {
  started: readonly Running[]
  living: readonly Running[]
}

const NOTHING: Due = { started: [], living: [] }

/** Where what is told goes. */
export interface Telling {
  /** Writes the starts of some spans, and of some runs that they live. */
  tell(started: readonly SdkSpan[], living: readonly SdkSpan[]): Promise<unknown>
  /** Has ends that wait written at once, and starts along with them: see {@link LiveSpans.along}. False where there are none. */
  hurry?(): boolean
}

/**
 * Tells of spans that have started and not ended, so that a run is seen while it goes on, and that the process of a run that takes
 * long still lives. Under load runs come first, and of what runs in them as many as are {@link ALLOWED}. One write at a time; what
 * fails is told after what came later. Starts go along with ends where some wait, because each write touches the summaries of its
 * traces.
 */
export class LiveSpans {
  readonly #to: Telling
  readonly #pace: Pace
  readonly #running = new Map<string, Running>()
  #timer: NodeJS.Timeout | undefined
  #allowed: number = ALLOWED.atOnce
  #allowedAt = performance.now()
  #quietUntil = 0
  #isTelling = false
  /** Whether ends were asked to take starts along. */
  #isAsked = false
  /** After a failure starts go alone, so that they do not make ends fail again. */
  #isAlone = false
  #isStopped = false

  constructor(to: Telling, pace = PACE) {
    this.#to = to
    this.#pace = pace
  }

  started(span: SdkSpan): void {
    if (this.#isStopped) return
    const now = performance.now()
    const { traceId, spanId } = span.spanContext()
    const parentId = span.parentSpanContext?.spanId ?? span.parentSpanId
    const parent = parentId === undefined ? undefined : traceId + parentId
    this.#running.set(traceId + spanId, { span, parent, since: now, isTold: false, hasFailed: false, beat: now })
    if (this.#running.size > MOST) this.#running.delete(this.#running.keys().next().value!)
    this.#look(this.#pace.tell)
  }

  ended(span: SdkSpan): void {
    const { traceId, spanId } = span.spanContext()
    this.#running.delete(traceId + spanId)
    this.#allow(ALLOWED.ofEnd)
  }

  stop(): void {
    this.#isStopped = true
    this.#running.clear()
    clearTimeout(this.#timer)
  }

  #look(wait: number): void {
    this.#timer ??= setTimeout(() => void this.#next(), wait).unref()
  }

  /**
   * Has starts that are to be told written with ends, if these were asked for. An end that is written by itself takes none along:
   * it may be tried alone, and what is wrong with a start is no fault of it. Nor do starts go along that failed before.
   *
   * @param ends how many
   * @throws what `write` does
   */
  along<V>(ends: number, write: (started: readonly SdkSpan[]) => Promise<V>): Promise<V> {
    const isPossible = this.#isAsked && ends > 1 && !this.#isTelling && !this.#isStopped
    const { started } = isPossible ? this.#due(performance.now()) : NOTHING
    const fresh = started.filter(({ hasFailed }) => !hasFailed).slice(0, Math.max(0, MAX_BATCH - ends))
    if (fresh.length === 0) return write([])
    return this.#told({ started: fresh, living: [] }, () => write(fresh.map(({ span }) => span)))
  }

  async #next(): Promise<void> {
    const due = this.#due(performance.now())
    const isAny = due.started.length + due.living.length > 0
    if (isAny && !this.#isTelling && !this.#isTakenAlong(due)) await this.#tellOf(due)
    this.#timer = undefined
    if (this.#running.size > 0 && !this.#isStopped) this.#look(this.#pace.look)
  }

  /** Asked for once: what waits longer goes by itself. */
  #isTakenAlong({ started }: Due): boolean {
    this.#isAsked = started.length > 0 && !this.#isAsked && !this.#isAlone && (this.#to.hurry?.() ?? false)
    return this.#isAsked
  }

  async #tellOf(due: Due): Promise<void> {
    const [started, living] = [due.started, due.living].map((some) => some.map(({ span }) => span))
    try {
      await this.#told(due, () => this.#to.tell(started!, living!))
      this.#isAlone = false
    } catch {
      // The end of a span tells all of it.
    }
  }

  #due(now: number): Due {
    const { tell, beat } = this.#pace
    const [runs, below, failed, living]: [Running[], Running[], Running[], Running[]] = [[], [], [], []]
    if (now < this.#quietUntil) return NOTHING
    for (const running of this.#running.values()) {
      if (now - running.since < tell) break
      const isBelow = this.#running.has(running.parent ?? '')
      if (running.hasFailed) failed.push(running)
      else if (!running.isTold) (isBelow ? below : runs).push(running)
      // What runs below another is alive with that.
      else if (now - running.beat >= beat && !isBelow) living.push(running)
    }
    // Those that fail again and again keep no others from being told.
    const fresh = runs.length + below.length > 0 ? [...runs, ...below] : failed
    return { started: this.#affordable(fresh, now), living: living.slice(0, BATCH) }
  }

  /** Where not all can be told, those of a second go together: written one by one they would cost a write at every look. */
  #affordable(fresh: readonly Running[], now: number): readonly Running[] {
    this.#allow(((now - this.#allowedAt) / 1_000) * ALLOWED.ofSecond)
    this.#allowedAt = now
    const allowed = Math.floor(this.#allowed)
    return allowed < Math.min(fresh.length, ALLOWED.ofSecond) ? [] : fresh.slice(0, Math.min(BATCH, allowed))
  }

  #allow(more: number): void {
    this.#allowed = Math.min(ALLOWED.atOnce, this.#allowed + more)
  }

  async #told<V>({ started, living }: Due, write: () => Promise<V>): Promise<V> {
    this.#isTelling = true
    this.#isAsked = false
    this.#allowed -= started.length
    const now = performance.now()
    try {
      const answer = await write()
      for (const running of started) Object.assign(running, { isTold: true, hasFailed: false })
      for (const running of [...started, ...living]) running.beat = now
      return answer
    } catch (error) {
      this.#quietUntil = performance.now() + PAUSE
      this.#isAlone = true
      for (const running of started) running.hasFailed = true
      throw error
    } finally {
      this.#isTelling = false
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
