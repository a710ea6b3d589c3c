import { type Dialect, SPAN_NAME } from '../dialect.js'

/** Spring AI (docs.spring.io/spring-ai/reference/observability). Models and usage are under the names of GenAI. */
export const springAi: Dialect = {
  name: 'Spring AI',
  version: '1',
  kinds: [{ operation: 'spring.ai.kind', kinds: { tool_call: 'tool', chat_client: 'run', vector_store: 'retrieval' } }],
  fallbacks: [],
  owners: { sessionId: ['spring.ai.chat.client.conversation.id'] },
  payload: {},
  details: {
    run: { name: [SPAN_NAME] },
    tool: {
      tool: ['spring.ai.tool.definition.name'],
      callId: ['spring.ai.tool.call.id'],
      arguments: ['spring.ai.tool.call.arguments'],
      result: ['spring.ai.tool.call.result'],
    },
    retrieval: { query: ['db.vector.query.content'], documents: ['db.vector.query.response.documents'] },
  },
}
