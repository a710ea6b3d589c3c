import { type Dialect, SPAN_NAME } from '../dialect.js'

/**
 * Mastra's exporter to OpenTelemetry (mastra.ai/docs/observability): the kinds of its spans. Usage, models and messages are under
 * the names of GenAI. Steps and chunks of a generation repeat it.
 */
export const mastra: Dialect = {
  name: 'Mastra',
  version: '1',
  kinds: [
    {
      operation: 'mastra.span.type',
      kinds: {
        agent_run: 'run',
        workflow_run: 'run',
        model_generation: 'llm',
        llm_generation: 'llm',
        model_step: 'other',
        model_chunk: 'other',
        tool_call: 'tool',
        mcp_tool_call: 'tool',
        processor_run: 'hook',
      },
      closed: true,
    },
  ],
  fallbacks: [],
  owners: {
    runId: ['mastra.metadata.runId'],
    sessionId: ['mastra.metadata.sessionId', 'mastra.metadata.threadId'],
    userId: ['mastra.metadata.userId', 'mastra.metadata.resourceId'],
  },
  payload: { input: ['mastra.input'], output: ['mastra.output'] },
  details: { hook: { hook: [SPAN_NAME] } },
}
