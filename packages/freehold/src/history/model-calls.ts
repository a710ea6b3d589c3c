import type { Run, Span } from '@freehold/contract'

/** A call of a model, as a trace has it. */
export type ModelCall = Extract<Span, { kind: 'llm' }>

/** Where conventions say what is asked of a model. */
const OPERATIONS = [
  'gen_ai.operation.name',
  'ai.operationId',
  'openinference.span.kind',
  'llm.request.type',
  'langfuse.observation.type',
]

/**
 * The calls of language models of a run, in the order of their starts. Of a trace that several runs share, those that name the run; where
 * none does, those of its agent that name no other; where none names an agent, all that name no run.
 *
 * @param storedId the id that the run is stored under, where a redaction gave it another
 */
export function modelCallsOf({ id, agentId }: Run, spans: readonly Span[], storedId = id): ModelCall[] {
  const calls = spans.filter((span): span is ModelCall => span.kind === 'llm' && !isEmbedding(span))
  const own = calls.filter(({ runId }) => runId !== undefined && (runId === id || runId === storedId))
  if (own.length > 0) return own
  const free = calls.filter(({ runId }) => runId === undefined)
  const ofAgent = agentId === undefined ? [] : free.filter((call) => call.agentId === agentId)
  return ofAgent.length > 0 ? ofAgent : free
}

function isEmbedding({ attributes = {} }: ModelCall): boolean {
  return OPERATIONS.some((name) => typeof attributes[name] === 'string' && /embed/i.test(attributes[name]))
}
