import type { Dialect } from '../dialect.js'

/** Content has a name that says so, in later versions. */
const both = (name: string) => [`lk.pii.${name}`, `lk.${name}`]

/** LiveKit Agents (github.com/livekit/agents, livekit/agents/telemetry/trace_types.py). Usage and models are under the names of GenAI. */
export const liveKit: Dialect = {
  name: 'LiveKit Agents',
  version: '1',
  // A judge of answers has a tool, a model, and the usage of the call within it.
  kinds: [{ has: [['lk.function_tool.name']], kind: 'tool' }],
  fallbacks: [],
  owners: {
    sessionId: ['lk.job_id', 'lk.pii.room_name', 'lk.room_name'],
    agentId: ['lk.agent_name', 'lk.agent_label'],
  },
  payload: {
    input: [...both('user_input'), ...both('chat_ctx'), ...both('input_text')],
    output: [...both('response.text'), ...both('response.function_calls')],
  },
  details: {
    tool: {
      tool: ['lk.function_tool.name'],
      callId: ['lk.function_tool.id'],
      arguments: both('function_tool.arguments'),
      result: both('function_tool.output'),
    },
  },
}
