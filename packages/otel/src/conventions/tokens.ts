import type { LlmDetail } from '@freehold/contract'

/**
 * Prompt tokens with the cached ones, completion tokens with the reasoning ones (OpenTelemetry GenAI,
 * `gen_ai.usage.input_tokens`). Some providers leave those out of the total (Anthropic's raw `input_tokens`, Gemini's
 * thoughts); where a part is larger than its total, the total was exclusive and the parts are added.
 */
export function inclusive(detail: LlmDetail): LlmDetail {
  const cached = (detail.cacheReadTokens ?? 0) + (detail.cacheWriteTokens ?? 0)
  const reasoning = detail.reasoningTokens ?? 0
  return {
    ...detail,
    promptTokens: totalOf(detail.promptTokens, cached),
    completionTokens: totalOf(detail.completionTokens, reasoning),
  }
}

function totalOf(total: number | undefined, part: number): number | undefined {
  return part > (total ?? 0) ? (total ?? 0) + part : total
}
