import { type Dialect, type Source, SPAN_NAME } from '../dialect.js'

const of = (name: string) => `langsmith.metadata.${name}`

const part = (side: string, name: string): Source => ({ json: `gen_ai.usage.${side}_token_details`, at: [name] })

/** LangSmith (docs.langchain.com/langsmith/trace-with-opentelemetry, "Supported OpenTelemetry attribute mapping"). */
export const langsmith: Dialect = {
  name: 'LangSmith',
  version: 'Python 0.4, JS 0.4',
  kinds: [
    {
      operation: 'langsmith.span.kind',
      kinds: {
        llm: 'llm',
        embedding: 'llm',
        tool: 'tool',
        retriever: 'retrieval',
        chain: 'other',
        prompt: 'other',
        parser: 'other',
      },
      roots: { chain: 'run' },
    },
  ],
  fallbacks: [],
  owners: {
    userId: [of('user_id')],
    sessionId: [of('session_id'), of('thread_id'), of('conversation_id')],
  },
  payload: { input: ['langsmith.entity.input'], output: ['langsmith.entity.output'] },
  details: {
    run: { name: ['langsmith.trace.name', SPAN_NAME] },
    llm: {
      provider: [of('ls_provider')],
      model: [of('ls_model_name')],
      temperature: [of('ls_temperature')],
      cacheReadTokens: [part('input', 'cache_read')],
      cacheWriteTokens: [part('input', 'cache_creation')],
      reasoningTokens: [part('output', 'reasoning')],
    },
    tool: { tool: [SPAN_NAME], arguments: ['langsmith.entity.input'], result: ['langsmith.entity.output'] },
    retrieval: { query: ['langsmith.entity.input'], vectorStore: [of('ls_vector_store_provider')] },
  },
}
