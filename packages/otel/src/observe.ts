import type { Dropped, RecorderCounts } from '@freehold/recorder'
import type { Attributes, BatchObservableResult, Meter } from '@opentelemetry/api'

/** What only grows: name, field of the counts and description. */
const COUNTERS = [
  ['recorded', 'recorded', 'Records that were taken'],
  ['replayed', 'replayed', 'Records that another process left on the disk, and this one took over'],
  ['written', 'written', 'Records that the database had not kept before'],
  ['duplicates', 'duplicates', 'Records that the database had kept before'],
  ['rejected', 'rejected', 'Records that the store rejected one by one'],
  ['spooled', 'spooled', 'Records that were put on the disk'],
] as const

/** What comes and goes: name, field, unit and description. */
const GAUGES = [
  ['queue.size', 'queued', '{record}', 'Records in memory'],
  ['spool.size', 'spoolBytes', 'By', 'Bytes on the disk, some of them acknowledged'],
] as const

/** Where OpenTelemetry has a word of its own for it. */
const REASONS: Readonly<Record<keyof Dropped, string>> = {
  full: 'queue_full',
  closed: 'already_shutdown',
  refused: 'refused',
  broken: 'broken',
}

/**
 * Exports the counts of a recorder, or of a span processor, as metrics: `freehold.recorder.recorded`, `.replayed`, `.written`,
 * `.duplicates`, `.rejected`, `.spooled`, `.dropped` (by `error.type`: `queue_full`, `already_shutdown`, `refused`, `broken`), `.spool.failures`,
 * `.spool.size` in bytes, `.queue.size`, and `.lag` in seconds. They are read when metrics are collected, and cost nothing else.
 *
 * ```ts
 * const stop = observeRecorder(metrics.getMeter('agent'), processor, { 'otel.component.name': 'traces' })
 * ```
 *
 * @param attributes of every metric; to tell several recorders apart
 * @returns what ends it
 */
export function observeRecorder(
  meter: Meter,
  recorder: { readonly counts: RecorderCounts },
  attributes: Attributes = {},
): () => void {
  const named = (name: string) => `freehold.recorder.${name}`
  const counter = (name: string, description: string, unit = '{record}') =>
    meter.createObservableCounter(named(name), { description, unit })
  const gauge = (name: string, description: string, unit: string) =>
    meter.createObservableGauge(named(name), { description, unit })

  const counters = COUNTERS.map(([name, field, description]) => ({ field, metric: counter(name, description) }))
  const gauges = GAUGES.map(([name, field, unit, description]) => ({ field, metric: gauge(name, description, unit) }))
  const dropped = counter('dropped', 'Records that were lost')
  const failures = counter('spool.failures', 'How often the disk refused', '{failure}')
  const lag = gauge('lag', 'Age of the oldest record that is not acknowledged', 's')

  const observe = (result: BatchObservableResult) => {
    const { counts } = recorder
    for (const { field, metric } of [...counters, ...gauges]) result.observe(metric, counts[field], attributes)
    for (const reason of Object.keys(REASONS) as (keyof Dropped)[])
      result.observe(dropped, counts.dropped[reason], { ...attributes, 'error.type': REASONS[reason] })
    result.observe(failures, counts.spoolFailures, attributes)
    result.observe(lag, counts.lag / 1_000, attributes)
  }
  const observed = [...counters, ...gauges].map(({ metric }) => metric).concat(dropped, failures, lag)
  meter.addBatchObservableCallback(observe, observed)
  return () => meter.removeBatchObservableCallback(observe, observed)
}
