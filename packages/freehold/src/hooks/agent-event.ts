import type { RunStatus, RunUsage, Timestamp } from '@freehold/contract'

/** Whom and what an event is about. What a framework does not know, its socket is told. */
export interface AgentAbout {
  agentId?: string
  userId?: string
  sessionId?: string
  /** One of your own, where the run is known elsewhere too: told twice, it is one run. */
  runId?: string
  parentRunId?: string
  /** 32 hex digits. */
  traceId?: string
  provider?: string
  model?: string
  input?: unknown
  /** In milliseconds since 1970. */
  startedAt?: Timestamp
}

interface Told extends AgentAbout {
  /** Now unless told. */
  endedAt?: Timestamp
  error?: string
  /** What the framework told, as it told it. Nothing of it is written, unless `record` does. */
  source?: unknown
}

/** An agent has answered, stopped for a person, or failed. */
export interface RunEvent extends Told {
  type: 'run'
  status: RunStatus
  output?: unknown
  messages?: unknown
  usage?: RunUsage
  finishReason?: string
  /** Names of the tools that were called, each once. */
  tools?: readonly string[]
}

/** A tool has ended. */
export interface ToolEvent extends Told {
  type: 'tool'
  tool: string
  toolCallId?: string
  args?: unknown
  result?: unknown
}

/** What an agent did, in the words of no framework. */
export type AgentEvent = RunEvent | ToolEvent
