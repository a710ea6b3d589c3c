export type {
  AgentSpan,
  DelegationFields,
  DelegationStart,
  HookFields,
  HookStart,
  LlmFields,
  LlmStart,
  RetrievalFields,
  RetrievalStart,
  RunFields,
  RunStart,
  ToolFields,
  ToolStart,
} from './fields.js'
export { type AgentTracer, agentTracer } from './tracer.js'
