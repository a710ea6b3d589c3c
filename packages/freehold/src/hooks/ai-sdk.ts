import { compact, type RunStatus, type RunUsage } from '@freehold/contract'
import type { AgentAbout, RunEvent } from './agent-event.js'

export interface AiSdkUsage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly inputTokenDetails?: { readonly cacheReadTokens?: number; readonly cacheWriteTokens?: number }
  readonly outputTokenDetails?: { readonly reasoningTokens?: number }
  readonly cachedInputTokens?: number
  readonly reasoningTokens?: number
}

export interface AiSdkStep {
  readonly model?: { readonly provider?: string; readonly modelId?: string }
  readonly content?: readonly { readonly type: string }[]
  readonly toolCalls?: readonly { readonly toolName: string }[]
  readonly response?: { readonly timestamp?: Date; readonly messages?: readonly unknown[] }
}

/**
 * What the AI SDK (5 to 7) tells when it has ended: `onFinish` and `onEnd` of a call, those of a UI message stream, `onAbort`, and the
 * result of `generateText` itself.
 */
export interface AiSdkEnd {
  readonly steps?: readonly AiSdkStep[]
  readonly text?: string
  readonly finishReason?: string
  readonly usage?: AiSdkUsage
  readonly totalUsage?: AiSdkUsage
  readonly response?: { readonly messages?: readonly unknown[] }
  readonly responseMessages?: readonly unknown[]
  /** Of a UI message stream. */
  readonly messages?: readonly unknown[]
  readonly responseMessage?: unknown
  readonly isAborted?: boolean
  readonly outcome?: { readonly status: string }
}

export interface AiSdkSocket {
  onFinish(end: AiSdkEnd): Promise<void>
  /** The same, for version 7, which calls one of the two. */
  onEnd(end: AiSdkEnd): Promise<void>
  onAbort(end: AiSdkEnd): Promise<void>
}

/** What the AI SDK told, in the words of no framework. It began when the first step was answered, unless told. */
export function aiSdkRun(end: AiSdkEnd, about: AgentAbout = {}): RunEvent {
  const { steps = [], text, finishReason, responseMessage } = end
  const last = steps.at(-1)
  const tools = new Set(steps.flatMap(({ toolCalls = [] }) => toolCalls.map(({ toolName }) => toolName)))
  const usage = end.totalUsage ?? end.usage
  return compact<RunEvent>({
    type: 'run',
    status: statusOf(end, last),
    provider: last?.model?.provider,
    model: last?.model?.modelId,
    output: responseMessage ?? text,
    messages: end.messages ?? end.responseMessages ?? end.response?.messages ?? last?.response?.messages,
    usage: usage && usageOf(usage),
    finishReason,
    tools: tools.size === 0 ? undefined : [...tools],
    startedAt: steps[0]?.response?.timestamp?.getTime(),
    source: end,
    ...compact({ ...about }),
  })
}

function statusOf({ isAborted, finishReason, outcome }: AiSdkEnd, last: AiSdkStep | undefined): RunStatus {
  if (isAborted) return 'cancelled'
  if (finishReason === 'error' || outcome?.status === 'failed') return 'error'
  return last?.content?.some(({ type }) => type === 'tool-approval-request') ? 'paused' : 'completed'
}

/** Some providers tell numbers that are none. */
function usageOf(usage: AiSdkUsage): RunUsage {
  const counts: RunUsage = {
    promptTokens: usage.inputTokens,
    completionTokens: usage.outputTokens,
    cacheReadTokens: usage.inputTokenDetails?.cacheReadTokens ?? usage.cachedInputTokens,
    cacheWriteTokens: usage.inputTokenDetails?.cacheWriteTokens,
    reasoningTokens: usage.outputTokenDetails?.reasoningTokens ?? usage.reasoningTokens,
  }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => Number.isSafeInteger(count) && count >= 0))
}
