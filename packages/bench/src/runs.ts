import type { NewRun } from './engines/hand-written.js'
import { Random } from './random.js'

const TURNS = 8

/** A run of about 10 KB of JSON: a conversation with the calls of tools in it. */
export function runOf(seed: number, sessionId: string): NewRun {
  const random = new Random(seed)
  const startedAt = Date.UTC(2026, 0, 1) + seed * 1000
  const messages = Array.from({ length: TURNS }, (_, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: random.prose(950),
    toolCalls: [{ id: `call_${random.hex(24)}`, name: 'lookup_order', arguments: { order: random.hex(8) } }],
  }))
  return {
    id: `run-${random.hex(24)}`,
    sessionId,
    type: 'agent',
    agentId: 'support',
    userId: 'ada',
    provider: 'openai',
    model: 'gpt-5',
    status: 'completed',
    usage: { promptTokens: random.below(4000), completionTokens: random.below(800), cost: 0.004 },
    startedAt,
    endedAt: startedAt + 900,
    input: random.prose(600),
    output: random.prose(700),
    messages,
  }
}
