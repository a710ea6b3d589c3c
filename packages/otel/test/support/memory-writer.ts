import { acceptSpan, type Span, type SpanInput, type TraceWriter, type WriteResult } from '@freehold/contract'

/** Keeps spans in memory by the contract's own checks, and can be told to fail or to hang. */
export class MemoryWriter implements TraceWriter {
  readonly spans = new Map<string, Span>()
  /** Sizes of the batches, whether they succeeded or not. */
  readonly batches: number[] = []
  /** What the next writes do before they succeed; nothing when empty. */
  readonly before: (() => Promise<void> | void)[] = []

  async write(batch: readonly SpanInput[]): Promise<WriteResult> {
    this.batches.push(batch.length)
    await this.before.shift()?.()
    const result: WriteResult = { written: 0, updated: 0, duplicates: 0, rejected: [] }
    for (const [index, input] of batch.entries()) {
      const accepted = acceptSpan(input)
      if ('reason' in accepted) result.rejected.push({ index, reason: accepted.reason })
      else if (this.spans.has(accepted.span.spanId)) result.duplicates++
      else {
        this.spans.set(accepted.span.spanId, accepted.span)
        result.written++
      }
    }
    return result
  }

  named(name: string): Span | undefined {
    return [...this.spans.values()].find((span) => span.name === name)
  }
}
