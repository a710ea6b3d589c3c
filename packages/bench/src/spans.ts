import type { JsonObject, SpanInput } from '@freehold/contract'
import { Random } from './random.js'

/** Spans of one trace: a run, and calls of a model and of tools in turn. */
export const SPANS_PER_TRACE = 20

const TOOLS = ['lookup_order', 'search_policy', 'issue_refund', 'send_email', 'read_invoice']
const MODELS = ['gpt-5', 'gpt-5-mini', 'claude-sonnet-4']

const RESOURCE = {
  'service.name': 'support-agent',
  'service.version': '4.2.0',
  'deployment.environment': 'production',
  'telemetry.sdk.language': 'nodejs',
}
const SCOPE = { name: 'agents', version: '1.0.0' }

/**
 * Spans as an instrumented agent reports them, about 2.4 KB of JSON each, with ids and times that no other trace has.
 * `seed` decides everything but the times, which begin at `startedAt`.
 */
export function traceOf(seed: number, startedAt: number, spans = SPANS_PER_TRACE): SpanInput[] {
  const random = new Random(seed)
  const trace = new TraceMaker(random, startedAt)
  const root = trace.run()
  const calls = Array.from({ length: spans - 1 }, (_, i) => (i % 2 === 0 ? trace.llm() : trace.tool()))
  return [root, ...calls]
}

/** A batch of whole traces, those of one seed after the other. */
export function batchOf(firstSeed: number, spans: number, startedAt: number): SpanInput[] {
  const traces = Math.ceil(spans / SPANS_PER_TRACE)
  return Array.from({ length: traces }, (_, i) => traceOf(firstSeed + i, startedAt + i))
    .flat()
    .slice(0, spans)
}

class TraceMaker {
  private readonly traceId: string
  private readonly rootId: string
  private readonly owners: { runId: string; sessionId: string; userId: string; agentId: string }
  private clock: number

  constructor(
    private readonly random: Random,
    private readonly startedAt: number,
  ) {
    this.traceId = random.hex(32)
    this.rootId = random.hex(16)
    this.clock = startedAt
    this.owners = {
      runId: `run-${random.hex(24)}`,
      sessionId: `session-${random.below(5000)}`,
      userId: `user-${random.below(2000)}`,
      agentId: 'support',
    }
  }

  run(): SpanInput {
    return {
      ...this.common(this.rootId, 'run support', 5000),
      kind: 'run',
      input: [{ role: 'user', content: this.random.prose(600) }],
      output: [{ role: 'assistant', content: this.random.prose(700) }],
      detail: { name: 'support', model: MODELS[0], provider: 'openai' },
      attributes: this.attributes({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'support' }),
    }
  }

  llm(): SpanInput {
    const model = MODELS[this.random.below(MODELS.length)]!
    const promptTokens = 500 + this.random.below(3000)
    const completionTokens = 20 + this.random.below(400)
    return {
      ...this.common(this.random.hex(16), `chat ${model}`, 800),
      parentId: this.rootId,
      kind: 'llm',
      input: [
        { role: 'system', content: this.random.prose(350) },
        { role: 'user', content: this.random.prose(300) },
      ],
      output: [{ role: 'assistant', content: this.random.prose(350) }],
      detail: {
        provider: 'openai',
        model,
        temperature: 0.2,
        promptTokens,
        completionTokens,
        cacheReadTokens: this.random.below(500),
        cost: (promptTokens * 2 + completionTokens * 8) / 1e6,
        toolCalls: [{ id: `call_${this.random.hex(24)}`, name: TOOLS[0]!, arguments: { order: this.random.hex(8) } }],
        finishReason: 'tool_calls',
        timeToFirstToken: 120 + this.random.below(200),
      },
      attributes: this.attributes({
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': model,
        'gen_ai.usage.input_tokens': promptTokens,
        'gen_ai.usage.output_tokens': completionTokens,
        'gen_ai.response.id': `resp_${this.random.hex(32)}`,
      }),
    }
  }

  tool(): SpanInput {
    const tool = TOOLS[this.random.below(TOOLS.length)]!
    const input = { order: this.random.hex(8), question: this.random.prose(450) }
    const output = { found: true, records: [this.random.prose(400), this.random.prose(400)] }
    return {
      ...this.common(this.random.hex(16), `execute_tool ${tool}`, 300),
      parentId: this.rootId,
      kind: 'tool',
      input,
      output,
      detail: {
        tool,
        callId: `call_${this.random.hex(24)}`,
        arguments: { order: input.order },
        result: { found: true },
      },
      attributes: this.attributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
    }
  }

  private common(spanId: string, name: string, length: number) {
    const startedAt = this.clock
    const endedAt = (name.startsWith('run') ? this.startedAt : startedAt) + 1 + this.random.below(length)
    // Microseconds, as exporters give them: a store must carry them too.
    this.clock += 1 + this.random.below(1000) / 1000
    return {
      traceId: this.traceId,
      spanId,
      name,
      startedAt,
      endedAt: Math.max(endedAt, startedAt),
      ...this.owners,
      resource: RESOURCE,
      scope: SCOPE,
    }
  }

  private attributes(own: JsonObject): JsonObject {
    return {
      ...own,
      'gen_ai.system': 'openai',
      'session.id': this.owners.sessionId,
      'user.id': this.owners.userId,
      'http.request.id': this.random.hex(32),
      'app.tenant.plan': 'enterprise',
      'app.release': '2026.11.3',
      'app.note': this.random.prose(150),
    }
  }
}
