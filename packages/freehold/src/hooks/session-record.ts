import { compact, type Json, type RunInput, type SessionInput } from '@freehold/contract'
import type { AgentEvent } from './agent-event.js'
import { jsonOf } from './json-of.js'

/** A run, and the session that it belongs to. */
export interface SessionRecord {
  /** Saved if there is none of its id; one that is there stays as it is. */
  session: SessionInput
  run: Omit<RunInput, 'sessionId'>
}

/** @throws Error where the event names no session */
export function sessionRecord(event: AgentEvent): SessionRecord | undefined {
  if (event.type !== 'run') return undefined
  const { sessionId, agentId, userId, runId, parentRunId, traceId, provider, model, status, error, usage } = event
  if (sessionId === undefined) throw new Error('the event names no session; give the socket a sessionId')
  const now = Date.now()
  const json = (value: unknown): Json | undefined => (value === undefined ? undefined : jsonOf(value))
  const run = compact({
    id: runId,
    parentRunId,
    agentId,
    userId,
    traceId,
    provider,
    model,
    status,
    error,
    usage: usage && compact(usage),
    input: json(event.input),
    output: json(event.output),
    messages: json(event.messages),
    startedAt: event.startedAt ?? now,
    endedAt: status === 'paused' ? undefined : (event.endedAt ?? now),
  })
  return { session: compact({ id: sessionId, type: 'agent' as const, agentId, userId }), run }
}
