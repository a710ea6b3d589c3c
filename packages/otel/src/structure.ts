import { type DelegationDetail, groupBy, type SpanInput } from '@freehold/contract'

/** The same span among others of its trace: what it is for those above and below it, which none of them says itself. */
export function withStructure(spans: readonly SpanInput[]): SpanInput[] {
  const made = new Map<SpanInput, SpanInput>()
  for (const ofTrace of groupBy(spans, ({ traceId }) => traceId).values()) {
    // Most batches have spans alone.
    if (ofTrace.length === 1) continue
    const trace = new Structure(ofTrace)
    for (const span of ofTrace) {
      const read = trace.read(span)
      if (read !== undefined) made.set(span, read)
    }
  }
  return made.size === 0 ? [...spans] : spans.map((span) => made.get(span) ?? span)
}

class Structure {
  private readonly byId: ReadonlyMap<string, SpanInput>
  private readonly children: ReadonlyMap<string, readonly SpanInput[]>
  /** By the id of a span from which one was looked for. */
  private readonly callers = new Map<string, SpanInput | undefined>()

  constructor(spans: readonly SpanInput[]) {
    this.byId = new Map(spans.map((span) => [span.spanId, span]))
    this.children = groupBy(spans, ({ parentId = '' }) => parentId)
  }

  /** `undefined` where the span is what it says itself. A reading that knows more than the span is a later one. */
  read(span: SpanInput): SpanInput | undefined {
    const reading = (span.reading ?? 0) + 1
    if (span.kind === 'run' && this.isDelegated(span)) {
      const member = span.detail?.name ?? span.agentId
      const detail: DelegationDetail = member === undefined ? {} : { member }
      return { ...span, kind: 'delegation', detail, reading }
    }
    // Only the tokens of calls of a model are counted: what repeats them is none.
    if (span.kind === 'llm' && this.repeatsUsage(span))
      return { ...span, kind: 'other', detail: { ...span.detail }, reading }
    return undefined
  }

  /** An agent below the call of a tool, or below another agent. */
  private isDelegated({ agentId, parentId }: SpanInput): boolean {
    const above = this.callerAbove(parentId)
    // Below a delegation that says so itself it is the run that was asked for.
    if (above === undefined || above.kind === 'delegation') return false
    return above.kind === 'tool' || (agentId !== undefined && above.agentId !== agentId)
  }

  /** The nearest that is the call of a tool, a delegation or an agent with a name, from this one upwards. */
  private callerAbove(spanId: string | undefined): SpanInput | undefined {
    const passed = new Set<string>()
    let caller: SpanInput | undefined
    for (let id = spanId; id !== undefined && !passed.has(id); ) {
      const span = this.byId.get(id)
      if (span === undefined || this.callers.has(id) || isCaller(span)) {
        caller = this.callers.get(id) ?? (span && isCaller(span) ? span : undefined)
        break
      }
      passed.add(id)
      id = span.parentId
    }
    for (const id of passed) this.callers.set(id, caller)
    return caller
  }

  /** A call of a model around the calls that it consists of, which some instrumentations report as well. */
  private repeatsUsage(span: SpanInput): boolean {
    const own = usageOf(span)
    if (own === undefined) return false
    const within = this.callsBelow(span.spanId)
    if (within.length === 0) return false
    const sum = (of: 'prompt' | 'completion') => within.reduce((all, usage) => all + usage[of], 0)
    return own.prompt === sum('prompt') || own.completion === sum('completion')
  }

  /** The nearest below with a usage of their own. */
  private callsBelow(spanId: string): Usage[] {
    const found: Usage[] = []
    const seen = new Set<string>()
    for (const open = [spanId]; open.length > 0; ) {
      const id = open.pop()!
      if (seen.has(id)) continue
      seen.add(id)
      for (const child of this.children.get(id) ?? []) {
        const usage = usageOf(child)
        if (usage === undefined) open.push(child.spanId)
        else found.push(usage)
      }
    }
    return found
  }
}

function isCaller({ kind, agentId }: SpanInput): boolean {
  return kind === 'tool' || kind === 'delegation' || (kind === 'run' && agentId !== undefined)
}

interface Usage {
  prompt: number
  completion: number
}

function usageOf({ kind, detail }: SpanInput): Usage | undefined {
  if (kind !== 'llm') return undefined
  const { promptTokens: prompt = 0, completionTokens: completion = 0 } = detail ?? {}
  return prompt + completion > 0 ? { prompt, completion } : undefined
}
