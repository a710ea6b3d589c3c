import { type Dialect, type Source, SPAN_NAME } from '../dialect.js'

/** Values are JSON, also those that are a text. */
const value = (name: string): Source => ({ json: `mlflow.${name}`, at: [] })
const usage = (...names: string[]): Source[] => names.map((name) => ({ json: 'mlflow.chat.tokenUsage', at: [name] }))

const KINDS = {
  AGENT: 'run',
  WORKFLOW: 'run',
  LLM: 'llm',
  CHAT_MODEL: 'llm',
  EMBEDDING: 'llm',
  TOOL: 'tool',
  RETRIEVER: 'retrieval',
  RERANKER: 'retrieval',
  GUARDRAIL: 'hook',
  EVALUATOR: 'hook',
} as const
const QUOTED = Object.fromEntries(Object.entries(KINDS).map(([type, kind]) => [JSON.stringify(type), kind]))

/** MLflow (mlflow.org/docs/latest/genai/tracing; `SpanAttributeKey` and `SpanType` of its Python package). */
export const mlflow: Dialect = {
  name: 'MLflow',
  version: '3',
  kinds: [{ operation: 'mlflow.spanType', kinds: { ...KINDS, ...QUOTED }, roots: { CHAIN: 'run', '"CHAIN"': 'run' } }],
  fallbacks: [],
  owners: {},
  payload: { input: ['mlflow.spanInputs'], output: ['mlflow.spanOutputs'] },
  details: {
    run: { name: [SPAN_NAME] },
    llm: {
      provider: [value('llm.provider'), 'mlflow.llm.provider'],
      model: [value('llm.model'), 'mlflow.llm.model', { json: 'mlflow.spanInputs', at: ['model'] }],
      promptTokens: usage('input_tokens'),
      completionTokens: usage('output_tokens'),
      cacheReadTokens: usage('cache_read_input_tokens'),
      cacheWriteTokens: usage('cache_creation_input_tokens'),
      cost: [{ json: 'mlflow.llm.cost', at: ['total_cost'] }],
    },
    tool: { tool: [SPAN_NAME], arguments: ['mlflow.spanInputs'], result: ['mlflow.spanOutputs'] },
    hook: { hook: [SPAN_NAME] },
    retrieval: { query: ['mlflow.spanInputs'], documents: ['mlflow.spanOutputs'] },
  },
  totalTokens: usage('total_tokens'),
}
