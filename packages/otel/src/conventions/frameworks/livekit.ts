import type { Dialect } from '../dialect.js'

/** LiveKit Agents (github.com/livekit/agents, livekit/agents/telemetry/trace_types.py). Usage and models are under the names of GenAI. */
export const liveKit: Dialect = {
  name: 'LiveKit Agents',
  version: '1',
  kinds: [],
  fallbacks: [{ has: [['lk.function_tool.name']], kind: 'tool' }],
  owners: { sessionId: ['lk.job_id', 'lk.room_name'], agentId: ['lk.agent_name', 'lk.agent_label'] },
  payload: {
    input: ['lk.user_input', 'lk.chat_ctx', 'lk.input_text'],
    output: ['lk.response.text', 'lk.response.function_calls'],
  },
  details: {
    tool: {
      tool: ['lk.function_tool.name'],
      callId: ['lk.function_tool.id'],
      arguments: ['lk.function_tool.arguments'],
      result: ['lk.function_tool.output'],
    },
    llm: { timeToFirstToken: [{ seconds: 'lk.response.ttft' }] },
  },
}
