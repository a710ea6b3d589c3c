import type { Dialect } from './dialect.js'

/** How many a search asks for. */
const COUNTS = [
  'db.vector.query.top_k',
  'pinecone.query.top_k',
  'db.chroma.query.n_results',
  'db.milvus.search.limit',
  'db.milvus.query.limit',
]

const of = (name: string) => `traceloop.association.properties.${name}`

/**
 * Traceloop's OpenLLMetry (github.com/traceloop/openllmetry, opentelemetry-semantic-conventions-ai; openllmetry-js,
 * packages/ai-semantic-conventions). What it writes under the names of GenAI is read as such.
 */
export const traceloop: Dialect = {
  name: 'Traceloop OpenLLMetry',
  version: 'Python to 0.4, JS to 0.27',
  kinds: [
    { operation: 'traceloop.span.kind', kinds: { workflow: 'run', agent: 'run', tool: 'tool', task: 'other' } },
    { operation: 'llm.request.type', kinds: { chat: 'llm', completion: 'llm', embedding: 'llm', rerank: 'retrieval' } },
  ],
  fallbacks: [
    {
      has: [['db.system', 'db.system.name'], COUNTS],
      kind: 'retrieval',
    },
  ],
  owners: {
    userId: [of('user_id'), of('userId'), of('user.id')],
    sessionId: [
      of('session_id'),
      of('sessionId'),
      of('session.id'),
      of('thread_id'),
      of('conversation_id'),
      of('chat_id'),
    ],
    agentId: [of('agent_id'), of('agentId')],
    workflowId: ['traceloop.workflow.name'],
  },
  payload: {
    input: ['traceloop.entity.input'],
    output: ['traceloop.entity.output'],
  },
  details: {
    run: { name: ['traceloop.entity.name', 'traceloop.workflow.name'] },
    llm: {
      model: ['llm.response.model', 'llm.request.model'],
      promptTokens: ['llm.usage.prompt_tokens'],
      completionTokens: ['llm.usage.completion_tokens'],
      reasoningTokens: ['llm.usage.reasoning_tokens'],
      finishReason: ['llm.response.finish_reason'],
    },
    tool: {
      tool: ['traceloop.entity.name'],
      arguments: ['traceloop.entity.input'],
      result: ['traceloop.entity.output'],
    },
    retrieval: {
      query: ['db.statement', 'traceloop.entity.input'],
      k: COUNTS,
      documents: [
        { messages: ['db.query.result'], strip: 'db.query.result.' },
        { messages: ['db.search.result'], strip: 'db.search.result.' },
      ],
    },
  },
  totalTokens: ['llm.usage.total_tokens'],
}
