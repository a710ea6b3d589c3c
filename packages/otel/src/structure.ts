import { type DelegationDetail, groupBy, type HookDetail, type SpanInput, type SpanKind } from '@freehold/contract'

/** The same span among others of its trace: what it is for those above and below it, which none of them says itself. */
export function withStructure(spans: readonly SpanInput[]): SpanInput[] {
  const made = new Map<SpanInput, SpanInput>()
  for (const ofTrace of groupBy(spans, ({ traceId }) => traceId).values()) {
    // Most batches have spans alone.
    if (ofTrace.length === 1) continue
    const trace = new Structure()
    trace.add(ofTrace)
    for (const span of ofTrace) {
      const read = trace.read(span)
      if (read !== undefined) made.set(span, read)
    }
  }
  return made.size === 0 ? [...spans] : spans.map((span) => made.get(span) ?? span)
}

/** The spans of one trace, as each says itself what it is. */
export class Structure {
  private readonly byId = new Map<string, SpanInput>()
  /** By the id of the parent, and by their own. */
  private readonly children = new Map<string, Map<string, SpanInput>>()
  /** By the id of a span from which one was looked for. */
  private readonly callers = new Map<string, SpanInput | undefined>()

  get size(): number {
    return this.byId.size
  }

  /** Of a span that is told again the last record counts. */
  add(spans: readonly SpanInput[]): void {
    this.callers.clear()
    for (const span of spans) {
      const { spanId, parentId = '' } = span
      const before = this.byId.get(spanId)
      this.byId.set(spanId, span)
      if (before !== undefined) this.forgetChild(before)
      const siblings = this.children.get(parentId)
      if (siblings === undefined) this.children.set(parentId, new Map([[spanId, span]]))
      else siblings.set(spanId, span)
    }
  }

  private forgetChild({ spanId, parentId = '' }: SpanInput): void {
    const siblings = this.children.get(parentId)
    siblings?.delete(spanId)
    if (siblings?.size === 0) this.children.delete(parentId)
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
    if (span.kind === 'llm' && this.repeatsUsage(span)) {
      const { toolCalls: _, ...detail } = span.detail ?? {}
      return { ...span, kind: 'other', detail, reading }
    }
    const phase = span.kind === 'hook' ? this.phaseOf(span) : undefined
    return phase && ({ ...span, detail: { ...span.detail, phase }, reading } as SpanInput)
  }

  /** No convention says on which side of a run a hook stands: before all of its steps, or behind them. As long as it runs nobody knows. */
  private phaseOf({ parentId = '', startedAt, endedAt = startedAt, detail }: SpanInput): HookDetail['phase'] {
    const isTold = (detail as HookDetail | undefined)?.phase !== undefined
    if (isTold || this.byId.get(parentId)?.endedAt === undefined) return undefined
    const steps = [...(this.children.get(parentId)?.values() ?? [])].filter(({ kind = 'other' }) => STEPS.has(kind))
    if (steps.length === 0) return undefined
    if (steps.every((step) => endedAt <= step.startedAt)) return 'pre'
    return steps.every((step) => startedAt >= (step.endedAt ?? Number.POSITIVE_INFINITY)) ? 'post' : undefined
  }

  /** The nearest calls of a model with a usage, each above one of `spans`. */
  callsAbove(spans: readonly SpanInput[]): SpanInput[] {
    const passed = new Set<string>()
    const found = new Set<SpanInput>()
    for (const { parentId } of spans) {
      for (let id = parentId; id !== undefined && !passed.has(id); ) {
        passed.add(id)
        const span = this.byId.get(id)
        const isCall = span !== undefined && usageOf(span) !== undefined
        if (isCall) found.add(span)
        id = isCall ? undefined : span?.parentId
      }
    }
    return [...found]
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
    // Of one token, or none, many calls have as many.
    const isSame = (of: 'prompt' | 'completion') => own[of] > 1 && own[of] === sum(of)
    return isSame('prompt') || isSame('completion')
  }

  /** The nearest below with a usage of their own. */
  private callsBelow(spanId: string): Usage[] {
    const found: Usage[] = []
    const seen = new Set<string>()
    for (const open = [spanId]; open.length > 0; ) {
      const id = open.pop()!
      if (seen.has(id)) continue
      seen.add(id)
      for (const child of this.children.get(id)?.values() ?? []) {
        const usage = usageOf(child)
        if (usage === undefined) open.push(child.spanId)
        else found.push(usage)
      }
    }
    return found
  }
}

/** What a run does. */
const STEPS: ReadonlySet<SpanKind> = new Set(['run', 'llm', 'tool', 'retrieval', 'delegation'])

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
