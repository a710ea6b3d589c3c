import { Random } from '../../random.js'

/** A span as no product writes it: each subject makes its own record of it, before the clock starts. */
export interface PlainSpan {
  traceId: string
  spanId: string
  parentId?: string
  kind: 'run' | 'llm' | 'tool'
  name: string
  model?: string
  tool?: string
  promptTokens?: number
  completionTokens?: number
  userId: string
  sessionId: string
  startedAt: number
  endedAt: number
  failure?: string
  input: string
  output: string
}

export interface PlainRun {
  id: string
  startedAt: number
  messages: { id: string; role: 'user' | 'assistant'; text: string }[]
}

export interface TracesWanted {
  seed: number
  traces: number
  /** Spans of a trace. */
  spans: number
  /** Size of a span's JSON, about. */
  bytes: number
  /** When the first of them begins; the next begins some milliseconds later. */
  from: number
}

export const TOOLS = ['lookup_order', 'search_policy', 'issue_refund', 'send_email', 'read_invoice']
const MODELS = ['gpt-5', 'gpt-5-mini', 'claude-sonnet-4']
/** What a span has beside its input and output. */
const REST = 300
/** One trace in so many fails. */
const FAILING = 100
const USERS = 100
const TURNS = 8

/** Traces of one run each, which calls a tool and a model in turn. No text is in two spans. */
export function plainTraces({ seed, traces, spans, bytes, from }: TracesWanted): PlainSpan[][] {
  const random = new Random(seed)
  const half = Math.max(20, Math.floor((bytes - REST) / 2))
  return Array.from({ length: traces }, (_, number) => {
    const traceId = random.hex(32)
    const rootId = random.hex(16)
    const owners = { userId: `user-${random.below(USERS)}`, sessionId: `session-${random.below(5000)}` }
    const failure = random.below(FAILING) === 0 ? 'the order was not found' : undefined
    const startedAt = from + number * 5
    return Array.from({ length: spans }, (_, i): PlainSpan => {
      const common = {
        traceId,
        ...owners,
        startedAt: startedAt + i,
        endedAt: startedAt + i + 1 + random.below(800),
        input: random.prose(half),
        output: random.prose(half),
      }
      if (i === 0) return { ...common, spanId: rootId, kind: 'run', name: 'support', failure }
      const inner = { ...common, spanId: random.hex(16), parentId: rootId }
      if (i % 2 === 1) {
        const tool = TOOLS[random.below(TOOLS.length)]!
        // The first call of a tool is what made the run fail.
        return { ...inner, kind: 'tool', name: `execute_tool ${tool}`, tool, failure: i === 1 ? failure : undefined }
      }
      const model = MODELS[random.below(MODELS.length)]!
      const tokens = { promptTokens: 500 + random.below(3000), completionTokens: 20 + random.below(400) }
      return { ...inner, kind: 'llm', name: `chat ${model}`, model, ...tokens }
    })
  })
}

/** A run of about 10 KB of JSON. */
export function plainRun(seed: number): PlainRun {
  const random = new Random(seed)
  return {
    id: `run-${random.hex(24)}`,
    startedAt: Date.now(),
    messages: Array.from({ length: TURNS }, (_, turn) => ({
      id: `message-${random.hex(24)}`,
      role: turn % 2 === 0 ? 'user' : 'assistant',
      text: random.prose(1180),
    })),
  }
}
