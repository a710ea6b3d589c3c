import { type Dialect, SPAN_NAME } from '../dialect.js'

/** Payloads are under the kind of their span, where they are not under the names of GenAI. */
const TYPES = ['agent_run', 'workflow_run', 'workflow_step', 'processor_run', 'rag_embedding']
const payloads = (side: string) => [...TYPES.map((type) => `mastra.${type}.${side}`), `mastra.${side}`]

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
        rag_embedding: 'llm',
        tool_call: 'tool',
        provider_tool_call: 'tool',
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
  payload: { input: payloads('input'), output: payloads('output') },
  details: { hook: { hook: [SPAN_NAME] } },
}
