import type { TraceWriter } from '@freehold/contract'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { context, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'

export interface Telemetry {
  tracer: Tracer
  /** Resolves when the database has acknowledged every span. */
  shutdown(): Promise<void>
}

/** The OpenTelemetry SDK, with one processor: ours. */
export function startTelemetry(traces: TraceWriter): Telemetry {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const provider = new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(traces)] })
  return {
    tracer: provider.getTracer('freehold-demo'),
    shutdown: () => provider.shutdown().finally(() => context.disable()),
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
