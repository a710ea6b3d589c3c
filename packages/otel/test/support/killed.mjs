// Ends spans as fast as they are kept, and tells of each that is, until somebody kills it.
import { writeSync } from 'node:fs'
import { FreeholdSpanProcessor } from '@freehold/otel'
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'

const [url, directory] = process.argv.slice(2)
const storage = await openStorage(url)
const options = { spool: { directory }, durable: true, interval: 10, batch: 40, onError: () => {} }
const processor = new FreeholdSpanProcessor(storage.traces, options)
const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('test')
const root = tracer.startSpan('root')
const within = trace.setSpan(context.active(), root)
for (;;) {
  const spans = Array.from({ length: 10 }, (_, n) => tracer.startSpan(`span ${n}`, { attributes: { n } }, within))
  for (const span of spans) span.end()
  await processor.kept()
  const ids = spans.map((span) => span.spanContext().spanId)
  writeSync(1, `${root.spanContext().traceId} ${ids.join(' ')}\n`)
}
