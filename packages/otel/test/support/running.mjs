// A process with a run that never ends, and a tool call below it.

import { FreeholdSpanProcessor } from '@freehold/otel'
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'

const storage = await openStorage(process.argv[2])
const provider = new BasicTracerProvider({ spanProcessors: [new FreeholdSpanProcessor(storage.traces)] })
const tracer = provider.getTracer('running')
const run = tracer.startSpan('run')
tracer.startSpan('tool', {}, trace.setSpan(context.active(), run))
setInterval(() => {}, 1_000)
