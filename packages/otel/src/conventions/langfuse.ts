import { type Dialect, type Source, SPAN_NAME } from './dialect.js'

const TYPE = 'langfuse.observation.type'
const usage = (...names: string[]): Source[] =>
  names.map((name) => ({ json: 'langfuse.observation.usage_details', at: [name] }))
/** One within the usage of a provider, as the Python SDK passes it on. */
const inner = (part: string, name: string): Source => ({ json: 'langfuse.observation.usage_details', at: [part, name] })
/** The buckets of the SDKs have nothing in common: the prompt is all that begins with `input`. */
const sum = (...names: string[]): Source => ({ json: 'langfuse.observation.usage_details', sum: names })
const cost: Source = { json: 'langfuse.observation.cost_details', at: ['total'] }

/** Langfuse's own attributes (langfuse.com/docs/opentelemetry/get-started, "Property mapping"). */
export const langfuse: Dialect = {
  name: 'Langfuse',
  version: 'SDK 3 and 4',
  kinds: [
    {
      operation: TYPE,
      kinds: {
        generation: 'llm',
        embedding: 'llm',
        tool: 'tool',
        retriever: 'retrieval',
        agent: 'run',
        guardrail: 'hook',
        evaluator: 'hook',
        chain: 'other',
        span: 'other',
        event: 'other',
      },
      roots: { chain: 'run', span: 'run' },
    },
  ],
  fallbacks: [{ has: [['langfuse.observation.model.name', 'langfuse.observation.usage_details']], kind: 'llm' }],
  owners: {
    userId: ['langfuse.user.id', 'langfuse.trace.metadata.userId'],
    sessionId: ['langfuse.session.id', 'langfuse.trace.metadata.sessionId'],
    agentId: ['langfuse.trace.metadata.agentId'],
  },
  payload: {
    input: ['langfuse.observation.input', 'langfuse.trace.input'],
    output: ['langfuse.observation.output', 'langfuse.trace.output'],
  },
  details: {
    run: { model: ['langfuse.observation.model.name'], name: [SPAN_NAME] },
    llm: {
      model: ['langfuse.observation.model.name'],
      temperature: [{ json: 'langfuse.observation.model.parameters', at: ['temperature'] }],
      promptTokens: [
        sum('input', 'input_*', 'cache_read_input_tokens', 'cache_creation_input_tokens'),
        ...usage('input_tokens', 'prompt_tokens', 'promptTokens'),
      ],
      completionTokens: [sum('output', 'output_*'), ...usage('output_tokens', 'completion_tokens', 'completionTokens')],
      cacheReadTokens: [
        ...usage('input_cached_tokens', 'cache_read_input_tokens', 'input_cache_read'),
        inner('prompt_tokens_details', 'cached_tokens'),
        inner('input_tokens_details', 'cached_tokens'),
      ],
      cacheWriteTokens: usage('cache_creation_input_tokens', 'input_cache_creation'),
      reasoningTokens: [
        ...usage('output_reasoning_tokens', 'output_reasoning'),
        inner('completion_tokens_details', 'reasoning_tokens'),
        inner('output_tokens_details', 'reasoning_tokens'),
      ],
      cost: [cost],
    },
    tool: {
      tool: [SPAN_NAME],
      arguments: ['langfuse.observation.input'],
      result: ['langfuse.observation.output'],
    },
    hook: { hook: [SPAN_NAME] },
    retrieval: { query: ['langfuse.observation.input'], documents: ['langfuse.observation.output'] },
  },
  totalTokens: usage('total_tokens', 'totalTokens'),
  failure: { attribute: 'langfuse.observation.level', is: 'ERROR', message: 'langfuse.observation.status_message' },
}
