import { type Dialect, type Source, SPAN_NAME } from '../dialect.js'

const OUTPUT: readonly Source[] = [
  ...['output', 'content', 'diff'].map((attribute) => ({ event: 'tool.output', attribute })),
  'tool_result',
]

/**
 * Claude Code and the Claude Agent SDK (code.claude.com/docs/en/monitoring-usage, "Traces (beta)"). Tokens are those of the usage
 * block of the Messages API, whose `input_tokens` are told without the cached ones.
 */
export const claudeCode: Dialect = {
  name: 'Claude Code',
  version: '2.1, enhanced telemetry beta',
  kinds: [
    {
      operation: SPAN_NAME,
      prefix: 'claude_code.',
      kinds: {
        'claude_code.interaction': 'run',
        'claude_code.llm_request': 'llm',
        'claude_code.tool': 'tool',
        'claude_code.hook': 'hook',
      },
      closed: true,
    },
  ],
  fallbacks: [],
  owners: { userId: ['user.id', 'user.account_uuid'], sessionId: ['session.id'], agentId: ['agent_id'] },
  payload: {
    input: ['user_prompt', 'new_context', 'tool_input'],
    output: ['response.model_output', ...OUTPUT],
  },
  details: {
    llm: {
      model: ['model'],
      promptTokens: ['input_tokens'],
      completionTokens: ['output_tokens'],
      cacheReadTokens: ['cache_read_tokens'],
      cacheWriteTokens: ['cache_creation_tokens'],
      finishReason: ['stop_reason'],
      timeToFirstToken: ['ttft_ms'],
    },
    tool: {
      tool: ['tool_name'],
      callId: ['tool_use_id'],
      arguments: ['tool_input', 'full_command', 'file_path'],
      result: OUTPUT,
    },
    hook: { hook: ['hook_name', 'hook_event'] },
  },
  own: true,
  cachedApart: true,
}
