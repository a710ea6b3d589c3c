import type { LlmDetail } from '@freehold/contract'

/** What a source says of its counts as a whole. */
export interface Counted {
  /** All tokens of the call. */
  total?: number | undefined
  /** The tokens of the prompt are told without those that were cached. */
  cachedApart: boolean
}

/**
 * Prompt tokens with the cached ones, completion tokens with the reasoning ones (OpenTelemetry GenAI,
 * `gen_ai.usage.input_tokens`). Some sources leave those out (Anthropic's raw `input_tokens`, Gemini's thoughts): those that
 * always do, those whose sum is reached only with them, and those where a part is larger than what it would be a part of.
 */
export function inclusive(detail: LlmDetail, { total, cachedApart }: Counted): LlmDetail {
  const cached = (detail.cacheReadTokens ?? 0) + (detail.cacheWriteTokens ?? 0)
  const reasoning = detail.reasoningTokens ?? 0
  const { promptTokens: prompt, completionTokens: completion } = detail
  const told = (prompt ?? 0) + (completion ?? 0)
  const isSum = (parts: number) => total !== undefined && parts > 0 && told + parts === total
  // Where both are as many, it is the reasoning: who leaves out what was cached (Anthropic) tells of no reasoning.
  const isCachedApart =
    cachedApart || (isSum(cached) && !isSum(reasoning)) || isSum(cached + reasoning) || cached > (prompt ?? 0)
  const isReasoningApart = isSum(reasoning) || isSum(cached + reasoning) || reasoning > (completion ?? 0)
  return {
    ...detail,
    promptTokens: isCachedApart && cached > 0 ? (prompt ?? 0) + cached : prompt,
    completionTokens: isReasoningApart && reasoning > 0 ? (completion ?? 0) + reasoning : completion,
  }
}
