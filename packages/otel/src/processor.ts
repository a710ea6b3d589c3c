import { compact, Fields, type JsonObject, MAX_BATCH, type SpanInput, type TraceWriter } from '@freehold/contract'
import { Recorder, type RecorderCounts, type RecorderOptions, type Written, warn } from '@freehold/recorder'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { failureIn } from './conventions/table.js'
import { type Door, doorOf } from './door/door.js'
import { acceptDoor, DOOR_OPTIONS, type DoorOptions } from './door/options.js'
import { isRedacting } from './door/redact.js'
import { type Sampled, Sampler } from './door/sampler.js'
import { type Ended, isOfSdk, readAll } from './ended.js'
import { type SdkSpan, STATUS_ERROR } from './from-sdk.js'
import { Lineage } from './lineage.js'
import { heartbeatOf, LiveSpans } from './live.js'
import { spanCodec } from './span-codec.js'
import { withoutTracing } from './suppress.js'
import { weightOf, weightOfRead } from './weight.js'

/** A span that the store could not keep, and why. */
export interface RejectedSpan {
  traceId: string
  spanId: string
  name: string
  reason: string
}

export interface ProcessorOptions extends RecorderOptions, DoorOptions {
  /**
   * Writes the start of a span that runs for half a second, so that it is seen while it runs, and every 30 seconds that a run still
   * lives, as a span `heartbeat` below it: `sealAbandoned` tells by that which runs will never end. Of more than a thousand
   * at once, or 10 a second, runs come first, and others as far as all that costs no more than 0.3 of writing ends. True unless told.
   */
  live?: boolean
  /** Told of spans that could not be kept, once each. A process warning unless told. */
  onRejected?: (rejected: readonly RejectedSpan[]) => void
}

const OWN_OPTIONS: readonly string[] = [...DOOR_OPTIONS, 'live']

/** `TraceFlags.SAMPLED` of W3C Trace Context. */
const SAMPLED = 1

/**
 * Writes the spans of an OpenTelemetry JS SDK (1.30 or later, 2.x, 3.x) to a trace store.
 *
 * ```ts
 * new NodeTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(storage.traces)] })
 * ```
 *
 * Ended, sampled spans are queued (see {@link RecorderOptions}) and converted and written in the background. While the database
 * is away, or somebody must mend something first (a password, a schema), they are kept and tried again; a span that keeps
 * failing alone while others are written is refused at last, and told to `onError`. `forceFlush` and `shutdown` resolve only when the database has acknowledged
 * everything that ended before the call, and reject when it did not by the deadline.
 *
 * Without a spool the queue is in memory: spans in it are lost when the process ends without `shutdown()`, and a SIGTERM ends it
 * so unless the application listens for it. With one, memory is relieved by the disk while the database is away, and a shutdown
 * leaves there what it could not write; with `durable` nothing of what `kept()` resolved for is lost, however the process ends:
 *
 * ```ts
 * new FreeholdSpanProcessor(storage.traces, { spool: { directory: '/var/lib/agent/spool' }, durable: true })
 * ```
 *
 * Shut the provider down first and close the storage then, or the last spans are refused:
 *
 * ```ts
 * process.once('SIGTERM', async () => {
 *   await provider.shutdown().catch(console.error)
 *   await storage.close()
 * })
 * ```
 */
export class FreeholdSpanProcessor implements SpanProcessor {
  readonly #recorder: Recorder<Ended, RejectedSpan>
  readonly #sampler: Sampler<SdkSpan> | undefined
  readonly #live: LiveSpans | undefined

  /** @throws StoreError `invalid`, naming every wrong option, or where `traces` is none, such as the storage itself */
  constructor(traces: TraceWriter, options: ProcessorOptions = {}) {
    const fields = new Fields('processor options', ownOf(options), OWN_OPTIONS)
    if (typeof traces?.write !== 'function') fields.problem('traces', 'cannot be written to; give storage.traces')
    const accepted = acceptDoor(fields)
    const isLive = fields.flag('live') ?? true
    fields.done()
    const way: Way = { traces, door: doorOf(accepted), lineage: new Lineage(), isRedacting: isRedacting(accepted) }
    this.#sampler = accepted.sample && new Sampler(accepted.sample, sampledOf, weightOf)
    const writeAll = (ends: readonly Ended[]) =>
      this.#live?.along(ends.length, (started) => write(ends, started, way)) ?? write(ends, [], way)
    this.#recorder = new Recorder<Ended, RejectedSpan>(writeAll, options, {
      others: OWN_OPTIONS,
      onRejected: warnOfEach,
      weightOf: (span) => (isOfSdk(span) ? weightOf(span) : weightOfRead(span)),
      noun: 'span',
      codec: spanCodec(way.door),
      cannotWait: 'nobody waits when a span ends',
      quietly: withoutTracing,
    })
    if (!isLive) return
    this.#live = new LiveSpans({
      tell: (started, living) => withoutTracing(() => writeLive(started, living, way)),
      hurry: () => this.#recorder.hurry(),
    })
  }

  /** What became of the spans so far, and what there is now. */
  get counts(): RecorderCounts {
    return this.#recorder.counts
  }

  /** One of a trace that is not picked is not told before it fails. */
  onStart(span: SdkSpan): void {
    try {
      if (isSampled(span) && (this.#sampler?.isKept(span.spanContext().traceId) ?? true)) this.#live?.started(span)
    } catch {
      // What is wrong with it is told when it has ended: nothing may throw into what the application does.
    }
  }

  onEnd(span: SdkSpan): void {
    if (!isSampled(span)) return
    let picked: readonly SdkSpan[] = [span]
    try {
      this.#live?.ended(span)
      if (this.#sampler !== undefined) picked = this.#pick(this.#sampler, span)
    } catch {
      // One that cannot be looked at is kept, or told by the writer.
    }
    for (const each of picked) this.#recorder.record(each)
  }

  #pick(sampler: Sampler<SdkSpan>, span: SdkSpan): readonly SdkSpan[] {
    const { items, written } = sampler.take([span])
    written()
    return items
  }

  forceFlush(): Promise<void> {
    return this.#recorder.flush()
  }

  /** Resolves when everything that ended before the call is on the disk or in the database. @throws Error like `forceFlush` */
  kept(): Promise<void> {
    return this.#recorder.kept()
  }

  /**
   * Takes no more spans, and flushes. With a spool it resolves, and tells `onError`, when what the database did not take is on the
   * disk. When it rejects it may be called again: nothing was given up.
   */
  shutdown(): Promise<void> {
    this.#live?.stop()
    return this.#recorder.close()
  }
}

/** What is not a recorder's, which refuses what is no object and fields that nobody knows. */
function ownOf(options: ProcessorOptions): object {
  return Object.fromEntries(Object.entries(Object(options)).filter(([name]) => OWN_OPTIONS.includes(name)))
}

/** One that does not say is kept. */
function isSampled(span: SdkSpan): boolean {
  try {
    return ((span.spanContext().traceFlags ?? SAMPLED) & SAMPLED) !== 0
  } catch {
    return true
  }
}

function sampledOf(span: SdkSpan): Sampled {
  const { traceId, spanId } = span.spanContext()
  const failed = span.status.code === STATUS_ERROR || failureIn(span.attributes as JsonObject) !== undefined
  return { traceId, spanId, failed, ended: true }
}

/** What a span passes on its way to the store. */
interface Way {
  traces: TraceWriter
  door: Door
  lineage: Lineage
  /** What a span is called may be what is to be taken out. */
  isRedacting: boolean
}

/** Resolves to what was rejected of those that ended, here or by the store, and how many of them the store has already. */
async function write(
  ended: readonly Ended[],
  started: readonly SdkSpan[],
  { traces, door, lineage, isRedacting }: Way,
): Promise<Written<RejectedSpan>> {
  const sources: Ended[] = []
  const spans: SpanInput[] = []
  const rejected: RejectedSpan[] = []
  for (const [index, read] of (await readAll(ended, door)).entries()) {
    if (read instanceof Error)
      rejected.push(rejection(ended[index]!, read.message, isRedacting ? '' : nameOf(ended[index]!)))
    else {
      spans.push(read)
      sources.push(ended[index]!)
    }
  }
  spans.push(...(await startsOf(started, door)))
  const { spans: inLineage, others, written } = lineage.read(spans, '', MAX_BATCH - spans.length)
  const answer = await traces.write([...inLineage, ...others])
  written(new Set(answer.rejected.map(({ index }) => index)))
  const own = answer.rejected.filter(({ index }) => index < sources.length)
  rejected.push(...own.map(({ index, reason }) => rejection(sources[index]!, reason, spans[index]!.name)))
  return { rejected, repeated: Math.min(answer.duplicates, sources.length) }
}

/** It may end well yet: a failure that is told before would count for more than that. One that ended meanwhile is told as it ended. */
function runningOf(span: SpanInput): SpanInput {
  return span.endedAt === undefined ? (compact({ ...span, status: 'running', error: undefined }) as SpanInput) : span
}

async function startsOf(started: readonly SdkSpan[], door: Door): Promise<SpanInput[]> {
  const read = await readAll(started, door)
  return read.flatMap((span) => (span instanceof Error ? [] : [runningOf(span)]))
}

/** Writes that runs live, and starts: the first does not hang on what is wrong with the second. */
async function writeLive(started: readonly SdkSpan[], living: readonly SdkSpan[], way: Way): Promise<void> {
  const beats = (await startsOf(living, way.door)).map(heartbeatOf)
  if (beats.length > 0) await way.traces.write(beats)
  if (started.length > 0) await write([], started, way)
}

function rejection(span: Ended, reason: string, name: string): RejectedSpan {
  const { traceId, spanId } = idsOf(span)
  return { traceId, spanId, name, reason }
}

function nameOf(span: Ended): string {
  try {
    return String(span.name)
  } catch {
    return ''
  }
}

function idsOf(span: Ended): { traceId: string; spanId: string } {
  try {
    return isOfSdk(span) ? span.spanContext() : span
  } catch {
    return { traceId: 'unreadable', spanId: 'unreadable' }
  }
}

function warnOfEach(rejected: readonly RejectedSpan[]): void {
  for (const { name, traceId, spanId, reason } of rejected) {
    warn(`span ${name} (${traceId}/${spanId}) was not kept: ${reason}`)
  }
}
