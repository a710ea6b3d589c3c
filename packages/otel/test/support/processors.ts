import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { FreeholdSpanProcessor, type ProcessorOptions } from '../../src/index.js'
import { MemoryWriter } from './memory-writer.js'

/** A tracer of the SDK whose spans go through a processor to a writer in memory. */
export function setUp(options: ProcessorOptions = {}, writer = new MemoryWriter()) {
  const processor = new FreeholdSpanProcessor(writer, { onError: () => {}, onRejected: () => {}, ...options })
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  return { writer, processor, provider, tracer: provider.getTracer('test', '1') }
}
