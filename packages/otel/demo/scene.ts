import type { Storage } from '@freehold/contract'
import type { AgentTracer } from '@freehold/otel/manual'
import type { Tracer } from '@opentelemetry/api'
import type { AgentHook } from 'freehold'
import type { Print } from './style.js'

/** Who and what the demo is about: passed to every part of the agent. */
export interface Scene {
  storage: Storage
  tracer: Tracer
  /** Spans by hand, of the same tracer. */
  spans: AgentTracer
  /** Told of each answer: the audit in the background, the session of its runs in the foreground. */
  audit: AgentHook
  sessions: AgentHook
  print: Print
  sessionId: string
  userId: string
  agentId: string
  runId: string
}

export const QUESTION =
  'My headphones (order 1042) arrived broken, and I paid with card 4111 1111 1111 1111. I would like my money back.'

/** The telemetry settings of the AI SDK for one agent: its metadata becomes the owners of each span. */
export function telemetryOf(scene: Scene, agentId: string, runId: string) {
  const { tracer, sessionId, userId } = scene
  return { isEnabled: true, tracer, functionId: agentId, metadata: { sessionId, userId, agentId, runId } }
}
