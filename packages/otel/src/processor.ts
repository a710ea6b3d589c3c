import type { SpanInput, TraceWriter } from '@freehold/contract'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { fromSdkSpan, type SdkSpan } from './from-sdk.js'
import { type QueueCounts, type QueueOptions, WriteQueue } from './queue.js'
import { withoutTracing } from './suppress.js'

/** A span that the store could not keep, and why. */
export interface RejectedSpan {
  traceId: string
  spanId: string
  name: string
  reason: string
}

export interface ProcessorOptions extends QueueOptions {
  /** Told of spans that could not be kept, as they are rejected. A process warning unless told. */
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
 * is away they are kept and tried again. `forceFlush` and `shutdown` resolve only when the database has acknowledged
 * everything that ended before the call, and reject when it did not by the deadline.
 */
export class FreeholdSpanProcessor implements SpanProcessor {
  readonly #queue: WriteQueue<SdkSpan>
  readonly #onRejected: (rejected: readonly RejectedSpan[]) => void

  constructor(traces: TraceWriter, options: ProcessorOptions = {}) {
    this.#onRejected = options.onRejected ?? warn
    this.#queue = new WriteQueue((spans) => withoutTracing(() => this.#write(traces, spans)), options)
  }

  /** What was queued, written, refused and dropped so far, in spans. */
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

  async #write(traces: TraceWriter, ended: readonly SdkSpan[]): Promise<void> {
    const pending = new Set(ended.map((span) => span.resource).filter((resource) => resource.asyncAttributesPending))
    for (const resource of pending) await resource.waitForAsyncAttributes?.()
    const sources: SdkSpan[] = []
    const spans: SpanInput[] = []
    const rejected: RejectedSpan[] = []
    for (const span of ended) {
      try {
        spans.push(fromSdkSpan(span))
        sources.push(span)
      } catch (error) {
        rejected.push(rejection(span, error instanceof Error ? error.message : String(error)))
      }
    }
    const answer = await traces.write(spans)
    rejected.push(...answer.rejected.map(({ index, reason }) => rejection(sources[index]!, reason)))
    if (rejected.length > 0) this.#report(rejected)
  }

  /** A listener that throws must not make a written batch look unwritten. */
  #report(rejected: readonly RejectedSpan[]): void {
    try {
      this.#onRejected(rejected)
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    }
  }
}

function rejection(span: SdkSpan, reason: string): RejectedSpan {
  return { traceId: span.spanContext().traceId, spanId: span.spanContext().spanId, name: span.name, reason }
}

function warn(rejected: readonly RejectedSpan[]): void {
  for (const { name, traceId, spanId, reason } of rejected) {
    process.emitWarning(`span ${name} (${traceId}/${spanId}) was not kept: ${reason}`)
  }
}
