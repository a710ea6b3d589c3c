import type { SpanTexts, StoredSpan } from './span-record.js'

/** Most that is kept, in UTF-16 units of texts and for what a span is besides. */
const MOST = 4_000_000
const BESIDE = 1_000

/**
 * What a process wrote of spans that run, of all tenants, and with which write. Where a store finds that a span is as that write
 * left it, it need not read it to tell its end, which mostly comes from the same process. Whatever changes a span changes the
 * mark of its last write too.
 */
export class RunningSpans {
  /** Private to the language: printing a store must not print what spans carry. */
  readonly #spans = new Map<string, { batch: string; stored: StoredSpan; size: number }>()
  #size = 0

  /** @param batch the mark of the write */
  keep(name: string, batch: string, stored: StoredSpan): void {
    this.#forget(name)
    const size = BESIDE + unitsOf(stored.texts)
    this.#spans.set(name, { batch, stored, size })
    this.#size += size
    for (const oldest of this.#spans.keys()) {
      if (this.#size <= MOST) break
      this.#forget(oldest)
    }
  }

  /** What is stored, if the write with this mark was the last. It is not kept any longer. */
  take(name: string, batch: unknown): StoredSpan | undefined {
    const kept = this.#spans.get(name)
    this.#forget(name)
    return kept?.batch === batch ? kept?.stored : undefined
  }

  #forget(name: string): void {
    this.#size -= this.#spans.get(name)?.size ?? 0
    this.#spans.delete(name)
  }
}

function unitsOf(texts: SpanTexts): number {
  return Object.values(texts).reduce((sum, text) => sum + text.length, 0)
}
