import type { SpanInput, TraceWriter } from '@freehold/contract'
import { Recorder, type RecorderCounts, type RecorderOptions, type Written, warn } from '@freehold/recorder'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { type Ended, isOfSdk, readAll } from './ended.js'
import type { SdkSpan } from './from-sdk.js'
import { spanCodec } from './span-codec.js'
import { withStructure } from './structure.js'
import { withoutTracing } from './suppress.js'
import { weightOf, weightOfRead } from './weight.js'

/** A span that the store could not keep, and why. */
export interface RejectedSpan {
  traceId: string
  spanId: string
  name: string
  reason: string
}

export interface ProcessorOptions extends RecorderOptions {
  /** Told of spans that could not be kept, once each. A process warning unless told. */
  onRejected?: (rejected: readonly RejectedSpan[]) => void
}

/** `TraceFlags.SAMPLED` of W3C Trace Context. */
const SAMPLED = 1

/**
 * Writes the spans of an OpenTelemetry JS SDK (1.30 or later, 2.x) to a trace store.
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

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(traces: TraceWriter, options: ProcessorOptions = {}) {
    this.#recorder = new Recorder((spans) => write(traces, spans), options, {
      onRejected: warnOfEach,
      weightOf: (span) => (isOfSdk(span) ? weightOf(span) : weightOfRead(span)),
      noun: 'span',
      codec: spanCodec,
      cannotWait: 'nobody waits when a span ends',
      quietly: withoutTracing,
    })
  }

  /** What became of the spans so far, and what there is now. */
  get counts(): RecorderCounts {
    return this.#recorder.counts
  }

  /** A span is written when it has ended. */
  onStart(): void {}

  onEnd(span: SdkSpan): void {
    if (((span.spanContext().traceFlags ?? SAMPLED) & SAMPLED) === 0) return
    this.#recorder.record(span)
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
    return this.#recorder.close()
  }
}

/** Resolves to what was rejected, here or by the store, and how many the store has already. */
async function write(traces: TraceWriter, ended: readonly Ended[]): Promise<Written<RejectedSpan>> {
  const sources: Ended[] = []
  const spans: SpanInput[] = []
  const rejected: RejectedSpan[] = []
  for (const [index, read] of (await readAll(ended)).entries()) {
    if (read instanceof Error) rejected.push(rejection(ended[index]!, read.message))
    else {
      spans.push(read)
      sources.push(ended[index]!)
    }
  }
  const answer = await traces.write(withStructure(spans))
  rejected.push(...answer.rejected.map(({ index, reason }) => rejection(sources[index]!, reason)))
  return { rejected, repeated: answer.duplicates }
}

function rejection(span: Ended, reason: string): RejectedSpan {
  const { traceId, spanId } = isOfSdk(span) ? span.spanContext() : span
  return { traceId, spanId, name: span.name, reason }
}

function warnOfEach(rejected: readonly RejectedSpan[]): void {
  for (const { name, traceId, spanId, reason } of rejected) {
    warn(`span ${name} (${traceId}/${spanId}) was not kept: ${reason}`)
  }
}
