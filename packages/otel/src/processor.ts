import { setImmediate } from 'node:timers/promises'
import type { SpanInput, TraceWriter } from '@freehold/contract'
import { type QueueCounts, type QueueOptions, WriteQueue, type Written, warn } from '@freehold/recorder'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { fromSdkSpan, type SdkSpan } from './from-sdk.js'
import { awaitResources } from './resources.js'
import { withStructure } from './structure.js'
import { withoutTracing } from './suppress.js'
import { weightOf } from './weight.js'

/** A span that the store could not keep, and why. */
export interface RejectedSpan {
  traceId: string
  spanId: string
  name: string
  reason: string
}

export interface ProcessorOptions extends QueueOptions {
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
 * Ended, sampled spans are queued (see {@link QueueOptions}) and converted and written in the background. While the database
 * is away, or somebody must mend something first (a password, a schema), they are kept and tried again; a span that keeps
 * failing alone while others are written is refused at last, and told to `onError`. `forceFlush` and `shutdown` resolve only when the database has acknowledged
 * everything that ended before the call, and reject when it did not by the deadline.
 *
 * The queue is in memory: spans in it are lost when the process ends without `shutdown()`, and a SIGTERM ends it so unless
 * the application listens for it. Shut the provider down first and close the storage then, or the last spans are refused:
 *
 * ```ts
 * process.once('SIGTERM', async () => {
 *   await provider.shutdown().catch(console.error)
 *   await storage.close()
 * })
 * ```
 */
export class FreeholdSpanProcessor implements SpanProcessor {
  readonly #queue: WriteQueue<SdkSpan, RejectedSpan>

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(traces: TraceWriter, options: ProcessorOptions = {}) {
    this.#queue = new WriteQueue((spans) => withoutTracing(() => write(traces, spans)), options, {
      onRejected: warnOfEach,
      weightOf,
      noun: 'span',
    })
  }

  /** What was queued, written, rejected, refused and dropped so far, in spans. */
  get counts(): QueueCounts {
    return this.#queue.counts
  }

  /** A span is written when it has ended. */
  onStart(): void {}

  onEnd(span: SdkSpan): void {
    if (((span.spanContext().traceFlags ?? SAMPLED) & SAMPLED) === 0) return
    this.#queue.push(span)
  }

  forceFlush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Takes no more spans, and flushes. When it rejects it may be called again: nothing was given up. */
  shutdown(): Promise<void> {
    return this.#queue.close()
  }
}

/** Longest that spans are converted in one go, in milliseconds: it is the thread of the application. */
const LONGEST = 5

/** Resolves to what was rejected, here or by the store, and how many the store has already. */
async function write(traces: TraceWriter, ended: readonly SdkSpan[]): Promise<Written<RejectedSpan>> {
  await awaitResources(ended)
  const sources: SdkSpan[] = []
  const spans: SpanInput[] = []
  const rejected: RejectedSpan[] = []
  let since = performance.now()
  for (const span of ended) {
    if (performance.now() - since > LONGEST) {
      await setImmediate()
      since = performance.now()
    }
    try {
      spans.push(fromSdkSpan(span))
      sources.push(span)
    } catch (error) {
      rejected.push(rejection(span, error instanceof Error ? error.message : String(error)))
    }
  }
  if (performance.now() - since > LONGEST) await setImmediate()
  const answer = await traces.write(withStructure(spans))
  rejected.push(...answer.rejected.map(({ index, reason }) => rejection(sources[index]!, reason)))
  return { rejected, repeated: answer.duplicates }
}

function rejection(span: SdkSpan, reason: string): RejectedSpan {
  return { traceId: span.spanContext().traceId, spanId: span.spanContext().spanId, name: span.name, reason }
}

function warnOfEach(rejected: readonly RejectedSpan[]): void {
  for (const { name, traceId, spanId, reason } of rejected) {
    warn(`span ${name} (${traceId}/${spanId}) was not kept: ${reason}`)
  }
}
