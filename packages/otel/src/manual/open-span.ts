import { compact, OWNERS, type Owners } from '@freehold/contract'
import {
  type Context,
  context,
  createContextKey,
  INVALID_SPAN_CONTEXT,
  type Span,
  type TimeInput,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { attempt } from './attempt.js'
import { attributesOf, openingOf } from './attributes.js'
import { recordFailure } from './failure.js'
import type { AgentSpan, Fields, ManualKind, Starts } from './fields.js'

/**
 * The owners of the spans below. A key of the context and not baggage, which leaves the process with each request: who a run
 * belongs to is nobody else's business.
 */
const OWNERS_BELOW = createContextKey('freehold owners')

/** A span that has not ended. None of its methods throws. */
export class OpenSpan<K extends ManualKind = ManualKind> implements AgentSpan<Fields[K]> {
  readonly otel: Span
  /** Where it is the active span. */
  readonly context: Context
  readonly #kind: K
  readonly #owners: Owners = {}
  /** The fields that were told. */
  readonly #told = new Set<string>()
  /** The attributes that have a value. */
  readonly #written = new Set<string>()
  readonly #startedAt = performance.now()

  constructor(tracer: Tracer, kind: K, start: Starts[K]) {
    this.#kind = kind
    const around = context.active()
    const opening = attempt(() => openingOf(kind, start))
    const { name = kind, spanKind, attributes = {}, owners, fields } = opening ?? {}
    const started = attempt(() => tracer.startSpan(name, { kind: spanKind, attributes }, around))
    this.otel = started ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
    const within = started === undefined ? around : trace.setSpan(around, started)
    this.context = within.setValue(OWNERS_BELOW, this.#owners)
    const inherited = around.getValue(OWNERS_BELOW) as Owners | undefined
    attempt(() => this.set({ ...inherited, ...owners, ...compact({ ...fields }) } as Fields[K]))
  }

  set(fields: Fields[K]): void {
    attempt(() => {
      for (const owner of OWNERS) if (fields[owner] !== undefined) this.#owners[owner] = fields[owner]
      if (!this.otel.isRecording()) return
      const attributes = attributesOf(this.#kind, fields)
      for (const field of Object.keys(fields)) this.#told.add(field)
      for (const [name, value] of Object.entries(attributes)) this.#write(name, value)
    })
  }

  /** An attribute cannot be taken away; an empty text says as little. */
  #write(name: string, value: string | number | boolean | string[] | undefined): void {
    if (value !== undefined) this.otel.setAttribute(name, value)
    else if (this.#written.has(name)) this.otel.setAttribute(name, '')
    if (value !== undefined) this.#written.add(name)
  }

  /** Whether what comes out of the function is still to be recorded. */
  get takesOutput(): boolean {
    return this.otel.isRecording() && !this.#told.has('output')
  }

  /** The first piece of a stream came. */
  began(): void {
    if (this.#kind !== 'llm' || this.#told.has('timeToFirstToken')) return
    this.set({ timeToFirstToken: performance.now() - this.#startedAt } as Fields[K])
  }

  end(output: unknown, at?: TimeInput): void {
    if (this.takesOutput) this.set({ output } as Fields[K])
    attempt(() => this.otel.end(at))
  }

  /** Ends it as one that failed, with what came before that, if anything. */
  fail(thrown: unknown, output?: unknown): void {
    attempt(() => {
      if (this.otel.isRecording()) recordFailure(this.otel, thrown)
    })
    this.end(output)
  }
}
