import type { Run, RunSummary, Session, SessionSummary } from '@freehold/contract'
import { Codec, type FieldType } from './codec.js'

const SESSION_SUMMARY: { [F in keyof Required<SessionSummary>]: FieldType } = {
  id: 'key',
  type: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
  userId: 'plain',
  name: 'plain',
  summary: 'plain',
  version: 'plain',
  runs: 'plain',
  createdAt: 'time',
  updatedAt: 'time',
}

/** What a list shows: no state, no metadata. */
export const sessionSummaries = new Codec<SessionSummary>(SESSION_SUMMARY)
export const sessions = new Codec<Session>({ ...SESSION_SUMMARY, state: 'json', metadata: 'json', repairs: 'json' })

/**
 * What a session's document has besides: which life of its id it is, the save that last wrote it, and that it is being
 * removed, from when on it is not there for readers.
 */
export const SESSION_STATE = { life: 1, savedBy: 1, removing: 1 } as const

const RUN_SUMMARY: { [F in keyof Required<RunSummary>]: FieldType } = {
  id: 'key',
  sessionId: 'plain',
  seq: 'plain',
  parentRunId: 'plain',
  type: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
  userId: 'plain',
  provider: 'plain',
  model: 'plain',
  status: 'plain',
  error: 'plain',
  usage: 'json',
  traceId: 'plain',
  startedAt: 'time',
  endedAt: 'time',
}

/** What a list shows: no input, output, messages or metadata. */
export const runSummaries = new Codec<RunSummary>(RUN_SUMMARY)
export const runs = new Codec<Run>({
  ...RUN_SUMMARY,
  input: 'json',
  output: 'json',
  messages: 'json',
  metadata: 'json',
  repairs: 'json',
})
