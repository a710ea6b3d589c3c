import { MAX_SPAN_TEXT } from '@freehold/contract'
import { context } from '@opentelemetry/api'
import { attempt } from './attempt.js'
import type { OpenSpan } from './open-span.js'

/** Most pieces of a stream that are kept until its end. Neighbouring texts are one. */
const MOST_PIECES = 1_000

/** A stream that the function of a span returned, and what came of it so far. The span ends with it. */
export class Flow {
  readonly #span: OpenSpan
  readonly #pieces: unknown[] = []
  #characters = 0
  #hasEnded = false
  #lastAt = performance.now()

  constructor(span: OpenSpan) {
    this.#span = span
  }

  /** What a stream does when it is asked for more is done within its span. */
  within<T>(act: () => T): T {
    return context.with(this.#span.context, act)
  }

  took(piece: unknown): void {
    if (this.#hasEnded) return
    if (this.#pieces.length === 0) this.#span.began()
    this.#lastAt = performance.now()
    if (this.#span.takesOutput) this.#keep(piece)
  }

  end(at?: number): void {
    this.#finish((output) => this.#span.end(output, at))
  }

  fail(thrown: unknown): void {
    this.#finish((output) => this.#span.fail(thrown, output))
  }

  /** Nobody has the stream any more, whose end will not come: it was over with its last piece. */
  drop(): void {
    this.end(this.#lastAt)
  }

  #keep(piece: unknown): void {
    const last = this.#pieces.at(-1)
    if (typeof piece !== 'string') {
      // Bytes are no text yet, and a part of a character may be missing.
      if (!ArrayBuffer.isView(piece) && this.#pieces.length < MOST_PIECES) this.#pieces.push(piece)
      return
    }
    if (this.#characters >= MAX_SPAN_TEXT) return
    this.#characters += piece.length
    if (typeof last === 'string') this.#pieces[this.#pieces.length - 1] = last + piece
    else if (this.#pieces.length < MOST_PIECES) this.#pieces.push(piece)
  }

  #finish(end: (output: unknown) => void): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const [first] = this.#pieces
    const isText = this.#pieces.length === 1 && typeof first === 'string'
    end(this.#pieces.length === 0 ? undefined : isText ? first : this.#pieces)
  }
}

const DROPPED = new FinalizationRegistry<Flow>((flow) => attempt(() => flow.drop()))

/** What a stream and its iterators have in common: once nobody has any of them, nobody has this, and the flow is dropped. */
export class Watch {
  constructor(readonly flow: Flow) {
    DROPPED.register(this, flow)
  }
}
