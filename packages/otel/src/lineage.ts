import { compact, groupBy, MAX_BATCH, type SpanInput } from '@freehold/contract'
import { Structure } from './structure.js'

/** What a batch is among what came before. */
export interface InLineage {
  /** Those of the batch, in their order. */
  spans: SpanInput[]
  /** Of spans that came before: what they turn out to be, without what they hold. To be written with the batch, for which there are not too many. */
  others: SpanInput[]
  /** To be called once both are written: until then `others` are told again. */
  written(): void
}

/**
 * The traces that spans are arriving of, so that what only its place tells of a span does not depend on batches: children end
 * before their parents, and so they are written before them. Nothing is remembered of what spans hold. Of more than `limit` spans
 * those of the traces that nobody told of for longest are forgotten; their spans stay what they said themselves.
 */
export class Lineage {
  readonly #limit: number
  /** By what tells the trace, the last one told of last. */
  readonly #traces = new Map<string, Known>()
  #size = 0

  constructor(limit = 20_000) {
    this.#limit = limit
  }

  /** @param tenant whose spans these are, where one lineage serves several */
  read(spans: readonly SpanInput[], tenant = ''): InLineage {
    const made = new Map<SpanInput, SpanInput>()
    const corrections: Correction[] = []
    for (const [traceId, ofTrace] of groupBy(spans, ({ traceId }) => traceId)) {
      const known = this.#take(`${tenant} ${traceId}`)
      this.#size -= known.size
      for (const [span, read] of known.read(ofTrace)) made.set(span, read)
      const room = Math.max(0, MAX_BATCH - spans.length - corrections.length)
      corrections.push(...known.corrections().slice(0, room))
      this.#size += known.size
    }
    this.#forget()
    return {
      spans: made.size === 0 ? [...spans] : spans.map((span) => made.get(span) ?? span),
      others: corrections.map(({ read }) => read),
      written: () => {
        for (const { known, read } of corrections) known.told(read)
      },
    }
  }

  #take(key: string): Known {
    const known = this.#traces.get(key) ?? new Known()
    this.#traces.delete(key)
    this.#traces.set(key, known)
    return known
  }

  #forget(): void {
    for (const [key, known] of this.#traces) {
      if (this.#size <= this.#limit) return
      this.#traces.delete(key)
      this.#size -= known.size
    }
  }
}

interface Correction {
  known: Known
  read: SpanInput
}

/** What is known of one trace. */
class Known {
  readonly #structure = new Structure()
  /** Agents, and calls around other calls, that may turn out to be something else: as they say themselves what they are. */
  readonly #open = new Map<string, SpanInput>()
  readonly #untold = new Map<string, SpanInput>()

  get size(): number {
    return this.#structure.size
  }

  /** @returns those of the batch that are something else than they say */
  read(batch: readonly SpanInput[]): Map<SpanInput, SpanInput> {
    const own = batch.map(outlineOf)
    this.#structure.add(own)
    const made = new Map<SpanInput, SpanInput>()
    for (const [index, span] of batch.entries()) {
      this.#untold.delete(span.spanId)
      this.#open.delete(span.spanId)
      const read = this.#structure.read(span)
      if (read !== undefined) made.set(span, read)
      else if (span.kind === 'run' || span.kind === 'llm') this.#open.set(span.spanId, own[index]!)
    }
    const inBatch = new Set(own.map(({ spanId }) => spanId))
    for (const span of this.#candidates(own)) {
      const read = inBatch.has(span.spanId) ? undefined : this.#structure.read(span)
      if (read !== undefined) this.#untold.set(span.spanId, read)
    }
    return made
  }

  corrections(): Correction[] {
    return [...this.#untold.values()].map((read) => ({ known: this, read }))
  }

  told(read: SpanInput): void {
    if (this.#untold.get(read.spanId) !== read) return
    this.#untold.delete(read.spanId)
    this.#open.delete(read.spanId)
  }

  /** Any agent may have got somebody above it; a call has got others below it only where something is new. */
  #candidates(added: readonly SpanInput[]): SpanInput[] {
    const agents = [...this.#open.values()].filter(({ kind }) => kind === 'run')
    return [...agents, ...this.#structure.callsAbove(added).filter(({ spanId }) => this.#open.has(spanId))]
  }
}

function outlineOf(span: SpanInput): SpanInput {
  const { traceId, spanId, parentId, name, kind, status, startedAt, endedAt, agentId, reading } = span
  const detail = kind === 'run' || kind === 'llm' ? { ...span.detail, toolCalls: undefined } : undefined
  const outline = { traceId, spanId, parentId, name, kind, status, startedAt, endedAt, agentId, reading }
  return compact({ ...outline, detail: detail && compact(detail) }) as SpanInput
}
