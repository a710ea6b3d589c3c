import { FoundSpans } from '../read-document.js'
import { MOST_REJECTED } from './parts.js'
import { onlyTraces } from './refusal.js'
import type { SpanMessages, ToldEvent } from './span-messages.js'

/** The events of spans that were found in logs, and what they tell of their spans. */
export class FoundLogs extends FoundSpans {
  readonly events: (ToldEvent & { path: string })[] = []
  /** How many log records tell nothing of a span. */
  passedOver = 0
  /** Where the events are of which each of the spans was made. */
  readonly #pathsOf: string[][] = []

  constructor() {
    super(undefined, MOST_REJECTED)
  }

  /**
   * A record for each span, which is what its events add up to.
   *
   * @throws Refusal 404 where none tells anything
   */
  tell(messages: SpanMessages, tenant?: string): void {
    for (const { span, events } of messages.read(this.events, tenant)) {
      const paths = events.map(({ path }) => path)
      if (typeof span === 'string') for (const path of paths) this.refuse(path, span)
      else {
        this.spans.push(span)
        this.#pathsOf.push(paths)
      }
    }
    if (this.spans.length === 0 && this.rejectedCount === 0) throw onlyTraces()
  }

  override reject(index: number, reason: string): void {
    for (const path of this.#pathsOf[index]!) this.refuse(path, reason)
  }
}
