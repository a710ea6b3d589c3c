import type { TraceWriter } from '@freehold/contract'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import type { GrowingRun, RunSpan } from './growing-runs.js'

/** When an agent has its spans written: all when its run is over, or each as it ends. */
export type Sending = 'together' | 'one by one'

/** No run has more. */
const MOST_SPANS = 10_000
/** Nothing is written but when it is told to, and a slow disk is waited for: it is what is measured. */
const LONGEST = 600_000
/** Where a framework tells each message by itself there are more than the SDK keeps unless told. */
const MOST_ATTRIBUTES = 10_000

/** An agent whose spans go through the OpenTelemetry SDK, and our processor, to a store. */
export class Agent {
  private readonly processor: FreeholdSpanProcessor
  private readonly provider: BasicTracerProvider

  constructor(traces: TraceWriter) {
    this.processor = new FreeholdSpanProcessor(traces, {
      batch: MOST_SPANS,
      interval: LONGEST,
      deadline: LONGEST,
    })
    this.provider = new BasicTracerProvider({
      spanProcessors: [this.processor],
      spanLimits: { attributeCountLimit: MOST_ATTRIBUTES },
    })
  }

  /** Resolves to the id of its trace when all is written. */
  async run({ root, spans }: GrowingRun, sending: Sending): Promise<string> {
    const tracer = this.provider.getTracer('bench')
    const whole = tracer.startSpan(root.name, { attributes: root.attributes }, ROOT_CONTEXT)
    const within = trace.setSpan(ROOT_CONTEXT, whole)
    const end = ({ name, attributes }: RunSpan) => tracer.startSpan(name, { attributes }, within).end()
    for (const span of spans) {
      end(span)
      if (sending === 'one by one') await this.processor.forceFlush()
    }
    whole.end()
    await this.processor.forceFlush()
    const { recorded, written, duplicates } = this.processor.counts
    if (written + duplicates < recorded) throw new Error('a span of the run was not kept')
    return whole.spanContext().traceId
  }

  stop(): Promise<void> {
    return this.provider.shutdown()
  }
}
