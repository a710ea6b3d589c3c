import { type Dialect, SPAN_NAME } from '../dialect.js'

/**
 * OpenInference's instrumentation of the Claude Agent SDK (openinference-instrumentation-claude-agent-sdk): usage, model and cost
 * of all calls stand on the span of the query, and no call has a span. The rows are those of OpenInference.
 */
export const claudeAgent: Dialect = {
  name: 'OpenInference for the Claude Agent SDK',
  version: '0.1',
  kinds: [
    {
      operation: SPAN_NAME,
      prefix: 'ClaudeAgentSDK.',
      kinds: { 'ClaudeAgentSDK.query': 'llm', 'ClaudeAgentSDK.ClaudeSDKClient.receive_response': 'llm' },
    },
  ],
  fallbacks: [],
  owners: {},
  payload: {},
  details: {},
  cachedApart: true,
}
