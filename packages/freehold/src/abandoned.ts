import {
  ABANDONED,
  Fields,
  type SpanInput,
  type SpanSummary,
  type TraceQuery,
  type TraceStore,
} from '@freehold/contract'

export interface SealOptions {
  /** Of which traces: those that have such a span that runs; all unless told. All that runs in them is given up. */
  query?: Pick<
    TraceQuery,
    'userId' | 'sessionId' | 'runId' | 'agentId' | 'teamId' | 'workflowId' | 'kind' | 'from' | 'to'
  >
  /**
   * How long nothing was heard of a trace whose spans are given up, in milliseconds, at least 1,000; 300,000 unless told: ten times as
   * long as a span processor waits before it tells that a run lives.
   */
  after?: number
  /** Ends the work after the trace that is being looked at: the call rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface Sealed {
  /** Traces that were looked at: they have a span that runs and began long enough ago. */
  traces: number
  /** Spans that were given up. */
  spans: number
}

const PAGE = 500
/** Most spans of one write. */
const BATCH = 1_000

/**
 * Gives up spans that run and will never end, because their process died: each becomes an `error` of type {@link ABANDONED}, which ended
 * when somebody was last heard of its trace: a start, an end, or a `heartbeat` of a span processor. To be called by whatever runs
 * maintenance, as often as it likes, but not in the first minute after the database was away: nobody could be heard then. A span that
 * ends after all is what it ended as.
 *
 * @throws StoreError `invalid` when the options are wrong, before anything is read
 * @throws what the store throws; what was written before stays
 */
export async function sealAbandoned(traces: TraceStore, options: SealOptions = {}): Promise<Sealed> {
  const fields = new Fields('seal options', options, ['query', 'after', 'signal'])
  const quiet = fields.integer('after', 1_000) ?? 300_000
  if (options.query !== undefined && (typeof options.query !== 'object' || Array.isArray(options.query)))
    fields.problem('query', 'is no object of filters; give one, or leave it out')
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  fields.done()
  const { query = {}, signal } = options
  const before = Date.now() - quiet
  const running = { ...query, status: 'running', to: Math.min(query.to ?? before, before) } as const
  const done: Sealed = { traces: 0, spans: 0 }
  const seen = new Set<string>()
  let after: string | undefined
  do {
    const page = await traces.spans(running, { limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const { traceId } of page.items) {
      if (seen.has(traceId)) continue
      signal?.throwIfAborted()
      done.spans += await sealTrace(traces, traceId, before)
      done.traces += 1
      seen.add(traceId)
    }
    after = page.next
  } while (after !== undefined)
  return done
}

async function sealTrace(traces: TraceStore, traceId: string, before: number): Promise<number> {
  const { spans = [] } = (await traces.outline(traceId)) ?? {}
  const heard = spans.reduce((latest, { startedAt, endedAt = 0 }) => Math.max(latest, startedAt, endedAt), 0)
  const lost = heard > before ? [] : spans.filter(({ status }) => status === 'running')
  let sealed = 0
  for (let from = 0; from < lost.length; from += BATCH) {
    const { updated } = await traces.write(lost.slice(from, from + BATCH).map((span) => givenUp(span, heard)))
    sealed += updated
  }
  return sealed
}

function givenUp({ traceId, spanId, name, startedAt }: SpanSummary, heard: number): SpanInput {
  const message = `nobody was heard of this trace after ${new Date(heard).toISOString()}`
  return { traceId, spanId, name, startedAt, endedAt: heard, status: 'error', error: { type: ABANDONED, message } }
}
