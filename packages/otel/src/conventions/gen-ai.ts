import type { SpanKind } from '@freehold/contract'
import { type Dialect, type Source, SPAN_NAME } from './dialect.js'

const MODEL = ['gen_ai.request.model', 'gen_ai.response.model']
const PROMPT_TOKENS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'gen_ai.response.prompt_tokens']
const COMPLETION_TOKENS = [
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'gen_ai.response.completion_tokens',
]
const USAGE = [...PROMPT_TOKENS, ...COMPLETION_TOKENS]

/** Of a call, by the convention, and of an agent, by LoongSuite. */
const DETAILS_EVENTS = ['gen_ai.client.inference.operation.details', 'gen_ai.client.agent.invoke.operation.details']
const details = (attribute: string, instructions?: string): Source => ({
  details: DETAILS_EVENTS,
  attribute,
  instructions,
})

/** Events that are one message each, to 1.36. The last two, with lists of messages, are those of Azure AI Projects 2. */
const INPUT_EVENTS = [
  ...['system', 'user', 'assistant', 'tool'].map((role) => `gen_ai.${role}.message`),
  ...['gen_ai.system.instructions', 'gen_ai.input.messages'],
]
const OUTPUT_EVENTS = ['gen_ai.choice', 'gen_ai.output.messages']
/** Where the message is: in the body of a log record, in an attribute (Azure AI, Semantic Kernel), and in what is a choice. */
const WITHIN = ['body', 'gen_ai.event.content', 'message']

/**
 * Operations that the convention does not have, by who writes them: OpenAI's API and Semantic Kernel (`chat.completions`,
 * `text.completions`), LiteLLM (`completion`), Databricks (`response`), and what others call the same.
 */
const BESIDE: Readonly<Record<string, SpanKind>> = {
  'chat.completions': 'llm',
  'text.completions': 'llm',
  text_completions: 'llm',
  chat_completion: 'llm',
  completion: 'llm',
  completions: 'llm',
  response: 'llm',
  responses: 'llm',
  messages: 'llm',
  text_generation: 'llm',
  embedding: 'llm',
  tool: 'tool',
  rerank: 'retrieval',
  vector_db_retrieve: 'retrieval',
  guard: 'hook',
  'guardrail.run': 'hook',
  tool_call: 'tool',
  agent: 'run',
  workflow: 'run',
  invoke_swarm: 'run',
  invoke_graph: 'run',
}

/**
 * OpenTelemetry GenAI, with the names it had before (opentelemetry.io/docs/specs/semconv/gen-ai). The last alias of some
 * rows is what a framework writes beside the convention: pydantic-ai and Logfire (`tool_arguments`, `operation.cost`, `gen_ai.usage.details.*`,
 * `events` and `all_messages_events` of versions before 1), Google ADK
 * (`gcp.vertex.agent.*`), Pipecat (`metrics.ttfb`).
 */
export const genAi: Dialect = {
  name: 'OpenTelemetry GenAI',
  version: '1.27 to 1.41, gen-ai-dev',
  kinds: [
    {
      operation: 'gen_ai.operation.name',
      kinds: {
        invoke_agent: 'run',
        invoke_workflow: 'run',
        create_agent: 'run',
        plan: 'run',
        chat: 'llm',
        text_completion: 'llm',
        generate_content: 'llm',
        embeddings: 'llm',
        execute_tool: 'tool',
        retrieval: 'retrieval',
        search_memory: 'retrieval',
        ...BESIDE,
      },
    },
  ],
  fallbacks: [
    { has: [['gen_ai.tool.name', 'gen_ai.tool.call.id']], kind: 'tool' },
    { has: [MODEL, USAGE], kind: 'llm' },
    // An agent that reports the usage of the calls below it, and no model of its own (pydantic-ai).
    { has: [['gen_ai.agent.name', 'gen_ai.agent.id'], USAGE], kind: 'run' },
    {
      has: [['gen_ai.retrieval.query.text', 'gen_ai.retrieval.documents', 'gen_ai.retrieval.top_k']],
      kind: 'retrieval',
    },
  ],
  owners: {
    userId: ['user.id', 'enduser.id'],
    sessionId: ['gen_ai.conversation.id', 'session.id', 'gcp.vertex.agent.session_id', 'conversation.id'],
    agentId: ['gen_ai.agent.id', 'gen_ai.agent.name'],
    // Ours: the convention has the name only.
    workflowId: ['workflow.id', 'gen_ai.workflow.name'],
  },
  payload: {
    input: [
      'gen_ai.input.messages',
      details('gen_ai.input.messages', 'gen_ai.system_instructions'),
      'gen_ai.prompt',
      { event: 'gen_ai.content.prompt', attribute: 'gen_ai.prompt' },
      { numbered: 'gen_ai.prompt' },
      { messages: INPUT_EVENTS, within: WITHIN },
      { json: 'events', messages: INPUT_EVENTS, within: WITHIN },
      'pydantic_ai.all_messages',
      'all_messages_events',
      'gcp.vertex.agent.llm_request',
    ],
    output: [
      'gen_ai.output.messages',
      details('gen_ai.output.messages'),
      'gen_ai.completion',
      { event: 'gen_ai.content.completion', attribute: 'gen_ai.completion' },
      { numbered: 'gen_ai.completion' },
      { messages: OUTPUT_EVENTS, within: WITHIN },
      { json: 'events', messages: OUTPUT_EVENTS, within: WITHIN },
      'final_result',
      'gcp.vertex.agent.llm_response',
    ],
  },
  details: {
    run: {
      provider: ['gen_ai.provider.name', 'gen_ai.system'],
      model: [...MODEL, 'model_name'],
      name: ['gen_ai.agent.name', 'gen_ai.workflow.name'],
    },
    llm: {
      provider: ['gen_ai.provider.name', 'gen_ai.system'],
      model: ['gen_ai.response.model', 'gen_ai.request.model'],
      temperature: ['gen_ai.request.temperature'],
      promptTokens: PROMPT_TOKENS,
      completionTokens: COMPLETION_TOKENS,
      cacheReadTokens: [
        'gen_ai.usage.cache_read.input_tokens',
        'gen_ai.usage.cache_read_input_tokens',
        'gen_ai.usage.cache_read_tokens',
        'gen_ai.usage.input_cached_tokens',
        'gen_ai.usage.cached_input_tokens',
        'gen_ai.usage.details.cache_read_tokens',
        'gen_ai.usage.details.cache_read_input_tokens',
        'gen_ai.usage.details.cached_tokens',
      ],
      cacheWriteTokens: [
        'gen_ai.usage.cache_write.input_tokens',
        'gen_ai.usage.cache_creation.input_tokens',
        'gen_ai.usage.cache_creation_input_tokens',
        'gen_ai.usage.cache_write_tokens',
        'gen_ai.usage.cache_write_input_tokens',
        'gen_ai.usage.details.cache_write_tokens',
        'gen_ai.usage.details.cache_creation_input_tokens',
      ],
      reasoningTokens: [
        'gen_ai.usage.reasoning.output_tokens',
        'gen_ai.usage.reasoning_tokens',
        'gen_ai.usage.experimental.reasoning_tokens',
        'gen_ai.usage.details.reasoning_tokens',
        'gen_ai.usage.details.thoughts_tokens',
      ],
      cost: ['gen_ai.usage.cost', 'operation.cost'],
      toolCalls: ['gen_ai.output.messages', details('gen_ai.output.messages')],
      finishReason: ['gen_ai.response.finish_reasons', 'gen_ai.response.finish_reason', 'gen_ai.response.stop_reason'],
      timeToFirstToken: [
        { seconds: 'gen_ai.response.time_to_first_chunk' },
        { seconds: 'metrics.ttfb' },
        'gen_ai.server.time_to_first_token',
      ],
    },
    hook: { hook: ['gen_ai.guardrail.name', SPAN_NAME] },
    tool: {
      tool: ['gen_ai.tool.name'],
      callId: ['gen_ai.tool.call.id'],
      arguments: [
        'gen_ai.tool.call.arguments',
        'tool_arguments',
        'gcp.vertex.agent.tool_call_args',
        { event: 'gen_ai.tool.message', attribute: 'content' },
      ],
      result: [
        'gen_ai.tool.call.result',
        'tool_response',
        'gcp.vertex.agent.tool_response',
        { event: 'gen_ai.choice', attribute: 'message' },
      ],
    },
    retrieval: {
      query: ['gen_ai.retrieval.query.text'],
      vectorStore: ['gen_ai.data_source.id', 'db.system.name', 'db.system'],
      k: ['gen_ai.retrieval.top_k', 'gen_ai.request.top_k'],
      documents: ['gen_ai.retrieval.documents'],
    },
  },
  totalTokens: ['gen_ai.usage.total_tokens'],
}
