import type { LanguageModelV3Content, LanguageModelV3GenerateResult } from '@ai-sdk/provider'
import { MockLanguageModelV3 } from 'ai/test'
import { pause } from './telemetry.js'

interface Turn {
  /** What the model says, or the tool it calls. */
  says: string | { tool: string; input: object }
  promptTokens: number
  completionTokens: number
  cachedTokens?: number
  milliseconds: number
}

/** A language model without a network: it answers with one turn after the other, each after its own time. */
function scriptedModel(modelId: string, turns: readonly Turn[]): MockLanguageModelV3 {
  let next = 0
  return new MockLanguageModelV3({
    provider: 'mock',
    modelId,
    doGenerate: async () => {
      const turn = turns[next++]
      if (turn === undefined) throw new Error(`${modelId} has no turn ${next}`)
      await pause(turn.milliseconds)
      return answer(turn, next)
    },
  })
}

function answer(turn: Turn, number: number): LanguageModelV3GenerateResult {
  const cacheRead = turn.cachedTokens ?? 0
  return {
    content: [contentOf(turn, number)],
    finishReason: { unified: typeof turn.says === 'string' ? 'stop' : 'tool-calls', raw: undefined },
    usage: {
      inputTokens: { total: turn.promptTokens, noCache: turn.promptTokens - cacheRead, cacheRead, cacheWrite: 0 },
      outputTokens: { total: turn.completionTokens, text: turn.completionTokens, reasoning: 0 },
    },
    warnings: [],
  }
}

function contentOf({ says }: Turn, number: number): LanguageModelV3Content {
  if (typeof says === 'string') return { type: 'text', text: says }
  return {
    type: 'tool-call',
    toolCallId: `call-${number}-${says.tool}`,
    toolName: says.tool,
    input: JSON.stringify(says.input),
  }
}

const SUPPORT: readonly Turn[] = [
  {
    says: { tool: 'lookup_order', input: { orderId: '1042' } },
    promptTokens: 412,
    completionTokens: 24,
    milliseconds: 62,
  },
  {
    says: { tool: 'track_shipment', input: { orderId: '1042' } },
    promptTokens: 498,
    completionTokens: 22,
    cachedTokens: 384,
    milliseconds: 41,
  },
  {
    says: { tool: 'ask_risk_analyst', input: { question: 'Is a refund of 89.90 to this customer unusual?' } },
    promptTokens: 567,
    completionTokens: 31,
    cachedTokens: 480,
    milliseconds: 47,
  },
  {
    says: { tool: 'refund', input: { orderId: '1042', amount: 89.9, currency: 'EUR' } },
    promptTokens: 640,
    completionTokens: 28,
    cachedTokens: 544,
    milliseconds: 53,
  },
  {
    says: 'Your refund of 89.90 EUR for order 1042 is on its way. It reaches your account within three days.',
    promptTokens: 702,
    completionTokens: 35,
    cachedTokens: 608,
    milliseconds: 58,
  },
]

const RISK: readonly Turn[] = [
  {
    says: 'No: one refund in four years, and the carrier confirms the damage.',
    promptTokens: 148,
    completionTokens: 19,
    milliseconds: 36,
  },
]

export function supportModel(): MockLanguageModelV3 {
  return scriptedModel('support-large', SUPPORT)
}

export function riskModel(): MockLanguageModelV3 {
  return scriptedModel('risk-small', RISK)
}
