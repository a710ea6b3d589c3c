import { type Dialect, type Source, SPAN_NAME } from './dialect.js'

const KIND = 'openinference.span.kind'
const MODEL: readonly Source[] = [
  'llm.model_name',
  'llm.response.model_name',
  'llm.request.model_name',
  'embedding.model_name',
]
/** The answer of a provider as it came, where an instrumentation tells nothing else of what it cost (Agno). */
const usage = (name: string): Source => ({ json: 'output.value', at: ['usage', name] })
/** What LangChain and LangGraph know of a run, as JSON. */
const metadata = (name: string): Source => ({ json: 'metadata', at: [name] })

/**
 * OpenInference (github.com/Arize-ai/openinference, spec/semantic_conventions.md): what Phoenix and Arize read, and the instrumentations
 * of CrewAI, LlamaIndex, LangChain, OpenAI Agents, smolagents, DSPy, BeeAI, Agno and others write.
 */
export const openInference: Dialect = {
  name: 'OpenInference',
  version: '1 and 2, to 2.12',
  kinds: [
    {
      operation: KIND,
      kinds: {
        LLM: 'llm',
        EMBEDDING: 'llm',
        TOOL: 'tool',
        RETRIEVER: 'retrieval',
        RERANKER: 'retrieval',
        AGENT: 'run',
        GUARDRAIL: 'hook',
        EVALUATOR: 'hook',
        CHAIN: 'other',
        PROMPT: 'other',
        UNKNOWN: 'other',
      },
      roots: { CHAIN: 'run' },
    },
  ],
  fallbacks: [
    { has: [['llm.model_name'], ['llm.token_count.prompt', 'llm.token_count.completion']], kind: 'llm' },
    { has: [['retrieval.documents.0.document.content', 'retrieval.documents.0.document.id']], kind: 'retrieval' },
  ],
  owners: {
    userId: ['user.id', metadata('user_id')],
    sessionId: ['session.id', metadata('session_id'), metadata('thread_id'), metadata('conversation_id')],
    agentId: ['agent.id', 'agent.name', 'graph.node.id'],
  },
  payload: {
    input: ['input.value', { numbered: 'llm.input_messages', item: 'message' }, 'llm.prompts'],
    output: ['output.value', { numbered: 'llm.output_messages', item: 'message' }],
  },
  details: {
    run: {
      provider: ['llm.provider', 'llm.system'],
      model: MODEL,
      name: ['agent.name', 'graph.node.name', 'graph.node.id'],
    },
    llm: {
      provider: ['llm.provider', 'llm.system'],
      model: MODEL,
      temperature: [{ json: 'llm.invocation_parameters', at: ['temperature'] }],
      promptTokens: ['llm.token_count.prompt', usage('prompt_tokens'), usage('input_tokens')],
      completionTokens: ['llm.token_count.completion', usage('completion_tokens'), usage('output_tokens')],
      cacheReadTokens: ['llm.token_count.prompt_details.cache_read'],
      cacheWriteTokens: ['llm.token_count.prompt_details.cache_write'],
      reasoningTokens: ['llm.token_count.completion_details.reasoning'],
      cost: ['llm.cost.total'],
      toolCalls: [{ numbered: 'llm.output_messages.0.message.tool_calls', item: 'tool_call' }],
      finishReason: ['llm.finish_reason'],
    },
    tool: {
      tool: ['tool.name', 'tool_call.function.name'],
      callId: ['tool.id', 'tool_call.id'],
      arguments: ['input.value', 'tool_call.function.arguments', 'tool.parameters'],
      result: ['output.value'],
    },
    // A guard rail has no name of its own.
    hook: { hook: [SPAN_NAME] },
    retrieval: {
      query: ['reranker.query', 'input.value'],
      vectorStore: [metadata('vectorstore'), metadata('ls_vector_store_provider')],
      k: ['reranker.top_k', metadata('k')],
      documents: [
        { numbered: 'reranker.output_documents', item: 'document' },
        { numbered: 'retrieval.documents', item: 'document' },
      ],
    },
  },
  totalTokens: ['llm.token_count.total'],
}
