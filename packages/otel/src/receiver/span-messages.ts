import { hash } from 'node:crypto'
import { compact, groupBy, type SpanEvent, type SpanInput } from '@freehold/contract'
import { CONVENTIONS } from '../conventions/table.js'
import { type Door, throughDoor } from '../door/door.js'
import { normalise } from '../normalise.js'
import { Recent } from '../recent.js'

/** An event of a span that was told apart from it. */
export interface ToldEvent {
  traceId: string
  spanId: string
  event: SpanEvent
}

/** What the events of a span add up to, and those that were told now. */
interface Told<T> {
  /** Or why there is none. */
  span: SpanInput | string
  events: T[]
}

/** What an event takes beside its text. */
const LEAST = 400

/**
 * The events of spans that are arriving in log records, so that those of one span add up to one input and one output in
 * whatever requests they come. Of more than `limit` characters those of the spans that nobody told of for longest are forgotten.
 */
export class SpanMessages {
  readonly #spans: Recent<Known>

  /** @param door what is done to events before anything is read of them */
  constructor(
    private readonly door: Door,
    limit = 16_000_000,
  ) {
    this.#spans = new Recent(limit, () => new Known())
  }

  /** @param tenant whose spans these are, where one receiver serves several */
  read<T extends ToldEvent>(told: readonly T[], tenant = ''): Told<T>[] {
    const read: Told<T>[] = []
    for (const [id, events] of groupBy(told, ({ traceId, spanId }) => `${traceId} ${spanId}`)) {
      this.#spans.tell(`${tenant} ${id}`, (known) => {
        known.add(events.map(({ event }) => event))
        read.push({ span: known.record(events[0]!, this.door), events })
      })
    }
    this.#spans.forget()
    return read
  }
}

/** What was told of one span. */
class Known {
  readonly #events: SpanEvent[] = []
  readonly #counts = new Map<string, number>()
  #times = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** What is told again is known; what one request tells twice happened twice. */
  add(events: readonly SpanEvent[]): void {
    const before = this.#events.length
    const counts = new Map<string, number>()
    for (const event of events) {
      const text = JSON.stringify(event)
      const key = hash('sha256', text, 'base64url')
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count <= (this.#counts.get(key) ?? 0)) continue
      this.#counts.set(key, count)
      this.#events.push(event)
      this.#size += text.length + LEAST
    }
    if (this.#events.length === before) return
    this.#events.sort((a, b) => a.at - b.at)
    this.#times += 1
  }

  /**
   * A record that says less than any of the span itself: it is running and, at first, of no kind. Each that says more than the one
   * before is a later reading, which takes a kind to count; but not as late as the span's own.
   */
  record({ traceId, spanId }: { traceId: string; spanId: string }, door: Door): SpanInput | string {
    const events = [...this.#events]
    const { name, at } = events[0]!
    // Of two starts the earlier counts, and a clock of whole milliseconds is behind that of the span.
    const startedAt = Math.floor(at) + 1
    const raw = throughDoor(
      { traceId, spanId, name, startedAt, failed: false, attributes: {}, events, links: [] },
      door,
    )
    if (typeof raw === 'string') return raw
    const { input, output } = normalise(raw)
    const reading = Math.min(this.#times, CONVENTIONS.reading) - 1
    const told = reading === 0 ? {} : { kind: 'other', reading }
    return compact({ traceId, spanId, name, startedAt, input, output, events: raw.events, ...told }) as SpanInput
  }
}
