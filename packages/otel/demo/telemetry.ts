import type { TraceWriter } from '@freehold/contract'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { type Attributes, context, type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api'
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

/** Runs `fn` in a span of its own; what it throws marks the span. */
export function inSpan<T>(
  tracer: Tracer,
  name: string,
  attributes: Attributes,
  fn: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await fn(span)
    } catch (error) {
      span.recordException(error as Error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message })
      throw error
    } finally {
      span.end()
    }
  })
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
