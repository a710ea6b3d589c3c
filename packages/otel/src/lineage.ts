import { compact, cutText, groupBy, type SpanInput, type SpanKind } from '@freehold/contract'
import { Recent } from './recent.js'
import { Structure } from './structure.js'

/** What a batch is among what came before. */
export interface InLineage {
  /** Those of the batch, in their order. */
  spans: SpanInput[]
  /** Of spans that came before: what they turn out to be, without what they hold. To be written with the batch. */
  others: SpanInput[]
  /**
   * To be called once both are written, with the places of `spans` that were rejected: until then `others` are told again. Gives what
   * came to light meanwhile: somebody told of a span above these while they were being written.
   */
  written(rejected?: ReadonlySet<number>): Late
}

/** Others that are to be written now, or with what comes next of their traces. */
export interface Late {
  others: SpanInput[]
  written(): void
}

/**
 * The traces that spans are arriving of, so that what only its place tells of a span does not depend on batches: children end
 * before their parents, and so they are written before them. Nothing is remembered of what spans hold. Of more than `limit` spans
 * those of the traces that nobody told of for longest are forgotten; their spans stay what they said themselves.
 */
export class Lineage {
  readonly #traces: Recent<Known>

  constructor(limit = 20_000) {
    this.#traces = new Recent(limit, () => new Known())
  }

  /**
   * @param tenant whose spans these are, where one lineage serves several
   * @param most how many others are told at most; the rest is told with what comes next of their trace
   */
  read(spans: readonly SpanInput[], tenant = '', most = Number.POSITIVE_INFINITY): InLineage {
    const made = new Map<SpanInput, SpanInput>()
    const corrections: Correction[] = []
    for (const [traceId, ofTrace] of groupBy(spans, ({ traceId }) => traceId)) {
      this.#traces.tell(keyOf(tenant, traceId), (known) => {
        for (const [span, read] of known.read(ofTrace)) made.set(span, read)
        corrections.push(...known.corrections())
      })
    }
    this.#traces.forget()
    const told = corrections.slice(0, most)
    return {
      spans: made.size === 0 ? [...spans] : spans.map((span) => made.get(span) ?? span),
      others: told.map(({ read }) => read),
      written: (rejected = NONE) => {
        for (const [index, { traceId, spanId }] of spans.entries())
          if (!rejected.has(index)) this.#traces.get(keyOf(tenant, traceId))?.kept(spanId)
        markTold(told)
        const late = [...new Set(spans.map(({ traceId }) => keyOf(tenant, traceId)))].flatMap(
          (key) => this.#traces.get(key)?.corrections() ?? [],
        )
        return { others: late.map(({ read }) => read), written: () => markTold(late) }
      },
    }
  }
}

const NONE: ReadonlySet<number> = new Set()

function keyOf(tenant: string, traceId: string): string {
  return `${tenant} ${traceId}`
}

interface Correction {
  known: Known
  read: SpanInput
}

function markTold(corrections: readonly Correction[]): void {
  for (const { known, read } of corrections) known.told(read)
}

/** What is known of one trace. */
class Known {
  readonly #structure = new Structure()
  /** Agents, calls around other calls, and hooks, that may turn out to be something else: as they say themselves what they are. */
  readonly #open = new Map<string, SpanInput>()
  readonly #untold = new Map<string, SpanInput>()
  /** Those of both that were written. A correction of another would make a span of it that has nothing else. */
  readonly #kept = new Set<string>()

  get size(): number {
    return this.#structure.size
  }

  /** @returns those of the batch that are something else than they say */
  read(batch: readonly SpanInput[]): Map<SpanInput, SpanInput> {
    const own = batch.map(outlineOf)
    this.#structure.add(own)
    const made = new Map<SpanInput, SpanInput>()
    for (const [index, span] of batch.entries()) {
      const isKept = this.#kept.has(span.spanId)
      this.#close(span.spanId)
      const read = this.#structure.read(span)
      if (read !== undefined) made.set(span, read)
      else if (MAY_CHANGE.has(span.kind ?? 'other')) {
        this.#open.set(span.spanId, own[index]!)
        if (isKept) this.#kept.add(span.spanId)
      }
    }
    const inBatch = new Set(own.map(({ spanId }) => spanId))
    for (const span of this.#candidates(own)) {
      const read = inBatch.has(span.spanId) ? undefined : this.#structure.read(span)
      if (read !== undefined) this.#untold.set(span.spanId, read)
    }
    return made
  }

  corrections(): Correction[] {
    const kept = [...this.#untold.values()].filter(({ spanId }) => this.#kept.has(spanId))
    return kept.map((read) => ({ known: this, read }))
  }

  kept(spanId: string): void {
    if (this.#open.has(spanId)) this.#kept.add(spanId)
  }

  told(read: SpanInput): void {
    if (this.#untold.get(read.spanId) === read) this.#close(read.spanId)
  }

  #close(spanId: string): void {
    this.#untold.delete(spanId)
    this.#open.delete(spanId)
    this.#kept.delete(spanId)
  }

  /** Any agent may have got somebody above it; a call has got others below it, or a hook others beside it, only where something is new. */
  #candidates(added: readonly SpanInput[]): SpanInput[] {
    const around = new Set(added.flatMap(({ spanId, parentId = '' }) => [spanId, parentId]))
    const others = [...this.#open.values()].filter(
      ({ kind, parentId = '' }) => kind === 'run' || (kind === 'hook' && around.has(parentId)),
    )
    return [...others, ...this.#structure.callsAbove(added).filter(({ spanId }) => this.#open.has(spanId))]
  }
}

/** What a span of these kinds is depends on others. */
const MAY_CHANGE: ReadonlySet<SpanKind> = new Set(['run', 'llm', 'hook'])

/** Longest text that is remembered: as much as the store keeps of a name. */
const LONGEST = 1_000

function outlineOf(span: SpanInput): SpanInput {
  const { traceId, spanId, parentId, kind, status, startedAt, endedAt, agentId, reading } = span
  const outline = { traceId, spanId, parentId, kind, status, startedAt, endedAt, agentId, reading }
  const detail = MAY_CHANGE.has(kind ?? 'other') ? detailOf(span.detail) : undefined
  return compact({ ...outline, name: cutText(span.name, LONGEST), detail }) as SpanInput
}

/** Texts and numbers; not what a model asked for. */
function detailOf(detail: object = {}): object {
  const plain = Object.entries(detail).filter(([, value]) => typeof value !== 'object')
  return Object.fromEntries(
    plain.map(([field, value]) => [field, typeof value === 'string' ? cutText(value, LONGEST) : value]),
  )
}
