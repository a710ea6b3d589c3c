import type { SpanInput } from '@freehold/contract'
import { openStorage, type Storage } from 'freehold'
import { takeDriverFrom } from './drivers.js'
import type { PlainRun, PlainSpan } from './plain.js'
import { ASKED, type History, type ListFilter, type Place, POOL, type Subject } from './subject.js'

export async function openFreehold({ engine, url, peers, prepare }: Place): Promise<Subject> {
  if (engine === 'sqlite') takeDriverFrom(peers)
  const main = { url: engine === 'sqlite' ? `better-sqlite3:${url}` : url, pool: POOL }
  const storage = await openStorage({ databases: { main }, migrate: prepare })
  const history = historyIn(storage)
  return {
    greet: () => storage.traces.find({}, { limit: 1 }),
    traces: {
      batch: (spans) => writing(storage, spans.map(wholeSpan)),
      begun: (spans) => writing(storage, spans.map(begunSpan)),
      ended: (spans) => writing(storage, spans.map(endOfSpan)),
      async list(filter) {
        const { items } = await storage.traces.find(QUERIES[filter], { limit: ASKED.page })
        return items.map(({ traceId }) => traceId)
      },
      async trace(traceId) {
        const trace = await storage.traces.get(traceId)
        return trace?.spans.length ?? 0
      },
    },
    conversation: history,
    state: history,
    close: () => storage.close(),
  }
}

const QUERIES: Readonly<Record<ListFilter, object>> = {
  none: {},
  user: { userId: ASKED.userId },
  error: { status: 'error' },
  tool: { tool: ASKED.tool },
}

function writing(storage: Storage, spans: readonly SpanInput[]): () => Promise<void> {
  return async () => {
    const { rejected } = await storage.traces.write(spans)
    if (rejected.length > 0) throw new Error(`a span was refused: ${rejected[0]!.reason}`)
  }
}

function wholeSpan(span: PlainSpan): SpanInput {
  return { ...begunSpan(span), ...endOfSpan(span) } as SpanInput
}

function begunSpan({ parentId, input, userId, sessionId, ...span }: PlainSpan): SpanInput {
  return { ...keyOf(span), parentId, userId, sessionId, input, agentId: 'support' }
}

function endOfSpan(span: PlainSpan): SpanInput {
  const { endedAt, output, failure } = span
  const error = failure === undefined ? {} : { status: 'error' as const, error: { message: failure } }
  return { ...keyOf(span), ...detailOf(span), endedAt, output, ...error }
}

function keyOf({
  traceId,
  spanId,
  name,
  kind,
  startedAt,
}: Pick<PlainSpan, 'traceId' | 'spanId' | 'name' | 'kind' | 'startedAt'>) {
  return { traceId, spanId, name, kind, startedAt }
}

function detailOf({ kind, model, tool, promptTokens, completionTokens }: PlainSpan): object {
  if (kind === 'run') return {}
  return { detail: kind === 'tool' ? { tool } : { provider: 'openai', model, promptTokens, completionTokens } }
}

function historyIn({ sessions }: Storage): History {
  const append = async (sessionId: string, { id, startedAt, messages }: PlainRun) => {
    const run = { id, sessionId, startedAt, endedAt: startedAt + 900, status: 'completed' as const, messages }
    await sessions.appendRun(run)
  }
  return {
    async seed(name, runs) {
      await sessions.save({ id: name, type: 'agent', agentId: 'support', userId: ASKED.userId })
      for (const run of runs) await append(name, run)
    },
    append,
  }
}
