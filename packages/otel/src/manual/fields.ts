import type {
  DelegationDetail,
  HookDetail,
  LlmDetail,
  Owners,
  RetrievalDetail,
  RunDetail,
  SessionType,
  SpanKind,
  ToolDetail,
} from '@freehold/contract'
import type { Span } from '@opentelemetry/api'

interface Payload {
  /** Messages of a chat are a list of objects with a `role`; anything else goes as well. */
  input?: unknown
  /** What the function returns, unless told. */
  output?: unknown
}

/** Told of a run, at its start or later. Details are those of the contract, in its units; see {@link AgentSpan.set}. */
export interface RunFields extends Owners, Payload, Pick<RunDetail, 'provider' | 'model'> {}

export interface LlmFields extends Owners, Payload, Omit<LlmDetail, 'toolCalls'> {
  /** The calls that the model asked for. Those in `output` count where it is messages with parts of type `tool_call`. */
  toolCalls?: readonly unknown[]
}

export interface ToolFields extends Owners, Pick<ToolDetail, 'callId'> {
  arguments?: unknown
  /** The result: what the function returns, unless told. */
  output?: unknown
}

export interface HookFields extends Owners, Payload, Pick<HookDetail, 'outcome'> {
  /** What the hook put in place of the input or output. */
  modified?: unknown
}

export interface RetrievalFields extends Owners, Pick<Payload, 'output'>, Pick<RetrievalDetail, 'vectorStore' | 'k'> {
  query?: unknown
  /** The documents returned, best first, with their scores. */
  documents?: readonly { id?: string; score?: number; content?: unknown; metadata?: unknown }[]
}

export interface DelegationFields extends Owners, Payload, Pick<DelegationDetail, 'mode' | 'traceId'> {}

export interface RunStart extends RunFields {
  /** Of the agent, team or workflow. It is its id as well, unless `agentId`, `teamId` or `workflowId` is told. */
  name: string
  /** What runs; `agent` unless told. */
  type?: SessionType
}

export interface LlmStart extends LlmFields {
  /** `chat` unless told (OpenTelemetry GenAI, `gen_ai.operation.name`). */
  operation?: 'chat' | 'text_completion' | 'generate_content' | 'embeddings'
  /** The model that is asked for. One that is set later is the one that answered. */
  model?: string
}

export interface ToolStart extends ToolFields {
  name: string
}

export interface HookStart extends HookFields {
  name: string
  phase: NonNullable<HookDetail['phase']>
}

export interface RetrievalStart extends RetrievalFields {
  query: unknown
}

export interface DelegationStart extends DelegationFields {
  /** Name of the agent that the work is handed to. It is its `agentId` as well, unless told. */
  member: string
}

/** The kinds of spans that are made by hand. */
export type ManualKind = Exclude<SpanKind, 'other'>

export interface Fields {
  run: RunFields
  llm: LlmFields
  tool: ToolFields
  hook: HookFields
  retrieval: RetrievalFields
  delegation: DelegationFields
}

export interface Starts {
  run: RunStart
  llm: LlmStart
  tool: ToolStart
  hook: HookStart
  retrieval: RetrievalStart
  delegation: DelegationStart
}

/** A span, as the function that it covers sees it. */
export interface AgentSpan<F> {
  /** The span of OpenTelemetry, for what is no field: its ids, links, events, attributes of your own. */
  readonly otel: Span
  /**
   * Tells what is known only now. What is told last counts, and `undefined` takes back what was told before: a span with
   * `output: undefined` has none. Owners are those of the spans below that start from now on, too. Never throws.
   *
   * Values of type `unknown` are written as JSON; what JSON has not, such as a cycle or bytes, is replaced by something
   * readable. A text is written as it is: one that is JSON itself, such as the arguments of a call as a model writes them, is
   * read as what it says.
   */
  set(fields: F): void
}
