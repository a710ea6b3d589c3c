import type { Approval, ApprovalSummary } from '../approval.js'
import type { AuditEntry } from '../audit.js'
import type { Run, RunSummary, Session, SessionSummary } from '../session.js'
import type { Owners } from '../span.js'

/** What a field holds: a value that is stored as it is, a whole number, a time, or JSON. */
export type FieldType = 'plain' | 'integer' | 'time' | 'json'

/** Every field of a record, in the order in which it is written. */
export type FieldTypes<T> = { readonly [F in keyof Required<T>]: FieldType }

export const OWNER_FIELDS: FieldTypes<Owners> = {
  runId: 'plain',
  sessionId: 'plain',
  userId: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
}

export const OWNERS = Object.keys(OWNER_FIELDS) as readonly (keyof Owners)[]

/** What a list shows of a session: no state, no metadata. */
export const SESSION_SUMMARY_FIELDS: FieldTypes<SessionSummary> = {
  id: 'plain',
  type: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
  userId: 'plain',
  name: 'plain',
  summary: 'plain',
  version: 'integer',
  runs: 'integer',
  createdAt: 'time',
  updatedAt: 'time',
  labels: 'json',
}

export const SESSION_FIELDS: FieldTypes<Session> = {
  ...SESSION_SUMMARY_FIELDS,
  state: 'json',
  metadata: 'json',
  repairs: 'json',
}

/** What a list shows of a run: no input, output, messages or metadata. */
export const RUN_SUMMARY_FIELDS: FieldTypes<RunSummary> = {
  id: 'plain',
  sessionId: 'plain',
  seq: 'integer',
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
  labels: 'json',
}

export const RUN_FIELDS: FieldTypes<Run> = {
  ...RUN_SUMMARY_FIELDS,
  input: 'json',
  output: 'json',
  messages: 'json',
  metadata: 'json',
  repairs: 'json',
}

/** What a list shows of an approval: no arguments, no context. */
export const APPROVAL_SUMMARY_FIELDS: FieldTypes<ApprovalSummary> = {
  id: 'plain',
  type: 'plain',
  pauseType: 'plain',
  status: 'plain',
  runId: 'plain',
  sessionId: 'plain',
  stepId: 'plain',
  toolCallId: 'plain',
  tool: 'plain',
  agentId: 'plain',
  teamId: 'plain',
  workflowId: 'plain',
  requestedBy: 'plain',
  requestedAt: 'time',
  dueAt: 'time',
  expiresAt: 'time',
  version: 'integer',
}

export const APPROVAL_FIELDS: FieldTypes<Approval> = {
  ...APPROVAL_SUMMARY_FIELDS,
  argsHash: 'plain',
  args: 'json',
  bind: 'json',
  traceId: 'plain',
  spanId: 'plain',
  policy: 'json',
  votes: 'json',
  resolution: 'json',
  context: 'json',
  repairs: 'json',
}

export const AUDIT_ENTRY_FIELDS: FieldTypes<AuditEntry> = {
  id: 'plain',
  stream: 'plain',
  seq: 'integer',
  time: 'time',
  actor: 'plain',
  action: 'plain',
  target: 'plain',
  outcome: 'plain',
  reason: 'plain',
  shape: 'plain',
  data: 'json',
  traceId: 'plain',
  runId: 'plain',
  sessionId: 'plain',
  approvalId: 'plain',
  previousHash: 'plain',
  hash: 'plain',
}
