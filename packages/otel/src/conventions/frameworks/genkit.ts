import { type Dialect, type Source, SPAN_NAME } from '../dialect.js'

const usage = (name: string): Source => ({ json: 'genkit:output', at: ['usage', name] })

/** Genkit (github.com/firebase/genkit, js/core/src/tracing). */
export const genkit: Dialect = {
  name: 'Genkit',
  version: '1',
  kinds: [
    {
      operation: 'genkit:metadata:subtype',
      kinds: {
        model: 'llm',
        'background-model': 'llm',
        'tool.v2': 'tool',
        embedder: 'llm',
        tool: 'tool',
        retriever: 'retrieval',
        reranker: 'retrieval',
        flow: 'run',
      },
    },
    { operation: 'genkit:type', kinds: { flow: 'run' } },
  ],
  fallbacks: [],
  owners: { sessionId: ['genkit:sessionId'] },
  payload: { input: ['genkit:input'], output: ['genkit:output'] },
  details: {
    run: { name: ['genkit:name'] },
    llm: {
      model: ['genkit:name'],
      temperature: [{ json: 'genkit:input', at: ['config', 'temperature'] }],
      promptTokens: [usage('inputTokens')],
      completionTokens: [usage('outputTokens')],
      cacheReadTokens: [usage('cachedContentTokens')],
      reasoningTokens: [usage('thoughtsTokens')],
      finishReason: [{ json: 'genkit:output', at: ['finishReason'] }],
    },
    tool: { tool: ['genkit:name', SPAN_NAME], arguments: ['genkit:input'], result: ['genkit:output'] },
    retrieval: {
      query: [{ json: 'genkit:input', at: ['query'] }],
      documents: [{ json: 'genkit:output', at: ['documents'] }],
    },
  },
  totalTokens: [usage('totalTokens')],
}
