import type { SpanKind } from '@freehold/contract'
import type { Dialect } from './dialect.js'

/**
 * An outer operation repeats the usage of the calls below it, so only the inner `do…` spans are `llm`. The outer spans of
 * `embed` are neither runs of an agent nor calls of a model: they are `other`.
 */
const KINDS: Readonly<Record<string, SpanKind>> = {
  'ai.generateText': 'run',
  'ai.streamText': 'run',
  'ai.generateObject': 'run',
  'ai.streamObject': 'run',
  'ai.generateText.doGenerate': 'llm',
  'ai.streamText.doStream': 'llm',
  'ai.generateObject.doGenerate': 'llm',
  'ai.streamObject.doStream': 'llm',
  'ai.embed.doEmbed': 'llm',
  'ai.embedMany.doEmbed': 'llm',
  'ai.toolCall': 'tool',
  'ai.rerank': 'retrieval',
}

// The requested model comes first, since it is the only one that the outer span knows: a trace has one model and not two.
const MODEL = ['ai.model.id', 'ai.response.model']
const PROMPT_TOKENS = ['ai.usage.inputTokens', 'ai.usage.promptTokens', 'ai.usage.tokens']
const COMPLETION_TOKENS = ['ai.usage.outputTokens', 'ai.usage.completionTokens']

/** Vercel AI SDK, the spans of `experimental_telemetry` (ai-sdk.dev/docs/ai-sdk-core/telemetry). */
export const vercel: Dialect = {
  name: 'Vercel AI SDK',
  version: '3 to 6, and 7 with LegacyOpenTelemetry',
  kinds: [
    { operation: 'ai.operationId', kinds: KINDS, closed: true },
    { operation: 'operation.name', kinds: KINDS, prefix: 'ai.', closed: true },
  ],
  fallbacks: [
    { has: [['ai.toolCall.name', 'ai.toolCall.id']], kind: 'tool' },
    { has: [MODEL, [...PROMPT_TOKENS, ...COMPLETION_TOKENS]], kind: 'llm' },
  ],
  // The runtime context of version 7, where it is told (`new OpenTelemetry({ runtimeContext: true })`).
  owners: {
    runId: ['ai.telemetry.metadata.runId', 'ai.settings.context.runId'],
    sessionId: ['ai.telemetry.metadata.sessionId', 'ai.settings.context.sessionId'],
    userId: ['ai.telemetry.metadata.userId', 'ai.settings.context.userId'],
    agentId: ['ai.telemetry.metadata.agentId', 'ai.settings.context.agentId', 'ai.telemetry.functionId'],
    teamId: ['ai.telemetry.metadata.teamId', 'ai.settings.context.teamId'],
    workflowId: ['ai.telemetry.metadata.workflowId', 'ai.settings.context.workflowId'],
  },
  payload: {
    input: ['ai.prompt.messages', 'ai.prompt', 'ai.values', 'ai.value', 'ai.documents'],
    output: [
      'ai.response.text',
      'ai.response.object',
      'ai.response.toolCalls',
      'ai.result.text',
      'ai.result.object',
      'ai.result.toolCalls',
    ],
  },
  details: {
    run: {
      provider: ['ai.model.provider'],
      model: MODEL,
      name: ['ai.telemetry.metadata.agentName', 'ai.telemetry.functionId', 'resource.name'],
    },
    llm: {
      provider: ['ai.model.provider'],
      model: MODEL,
      temperature: ['ai.settings.temperature'],
      promptTokens: PROMPT_TOKENS,
      completionTokens: COMPLETION_TOKENS,
      cacheReadTokens: ['ai.usage.cachedInputTokens', 'ai.usage.inputTokenDetails.cacheReadTokens'],
      cacheWriteTokens: ['ai.usage.inputTokenDetails.cacheWriteTokens'],
      reasoningTokens: ['ai.usage.reasoningTokens', 'ai.usage.outputTokenDetails.reasoningTokens'],
      toolCalls: ['ai.response.toolCalls', 'ai.result.toolCalls'],
      finishReason: ['ai.response.finishReason', 'ai.finishReason'],
      timeToFirstToken: ['ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk'],
    },
    tool: {
      tool: ['ai.toolCall.name'],
      callId: ['ai.toolCall.id'],
      arguments: ['ai.toolCall.args'],
      result: ['ai.toolCall.result'],
    },
    retrieval: { documents: ['ai.ranking'] },
  },
}
