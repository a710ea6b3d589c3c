import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { observeRecorder } from '../src/index.js'
import { setUp } from './support/processors.js'

class Reader extends MetricReader {
  protected async onShutdown(): Promise<void> {}
  protected async onForceFlush(): Promise<void> {}

  /** Every value, by the name of its metric and the attributes of it. */
  async values(): Promise<Record<string, unknown>> {
    const { resourceMetrics } = await this.collect()
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    const points = metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [[name, unit, ...Object.values(attributes)].join(' '), value]),
    )
    return Object.fromEntries(points)
  }
}

it('the counts of a processor are metrics', async () => {
  const reader = new Reader()
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test')
  const { processor, tracer, provider } = setUp({ limit: 2 })
  const stop = observeRecorder(meter, processor, { 'otel.component.name': 'mine' })
  for (let n = 0; n < 3; n++) tracer.startSpan('span').end()
  const before = await reader.values()
  await provider.forceFlush()
  expect([before['freehold.recorder.queue.size {record} mine'], await reader.values()]).toEqual([
    2,
    {
      'freehold.recorder.recorded {record} mine': 2,
      'freehold.recorder.replayed {record} mine': 0,
      'freehold.recorder.written {record} mine': 2,
      'freehold.recorder.duplicates {record} mine': 0,
      'freehold.recorder.rejected {record} mine': 0,
      'freehold.recorder.spooled {record} mine': 0,
      'freehold.recorder.dropped {record} mine queue_full': 1,
      'freehold.recorder.dropped {record} mine already_shutdown': 0,
      'freehold.recorder.dropped {record} mine refused': 0,
      'freehold.recorder.dropped {record} mine broken': 0,
      'freehold.recorder.spool.failures {failure} mine': 0,
      'freehold.recorder.spool.size By mine': 0,
      'freehold.recorder.queue.size {record} mine': 0,
      'freehold.recorder.lag s mine': 0,
    },
  ])
  stop()
  tracer.startSpan('span').end()
  expect(await reader.values()).toMatchObject({ 'freehold.recorder.recorded {record} mine': 2 })
})
