import { APPROVAL_STATUSES, APPROVAL_TYPES, PAUSE_TYPES } from '../approval.js'
import type { ApprovalQuery } from '../approvals.js'
import type { AuditQuery } from '../audit.js'
import { RUN_STATUSES, type RunQuery, SESSION_TYPES, type SessionQuery } from '../session.js'
import { SPAN_KINDS, SPAN_STATUSES } from '../span.js'
import { MAX_TIMESTAMP } from '../time.js'
import type { SpanQuery, TraceQuery } from '../traces.js'
import { compact, Fields } from './fields.js'
import { labelsOf, labelTexts } from './labels.js'

type Reader = (fields: Fields, name: string) => unknown
type Filters<Q> = { [F in keyof Required<Q>]: Reader }

const id: Reader = (fields, name) => fields.id(name)
const name: Reader = (fields, field) => fields.name(field)
const time: Reader = (fields, field) => fields.time(field)
const duration: Reader = (fields, field) => {
  const value = fields.number(field)
  if (value === undefined || (value >= 0 && value <= MAX_TIMESTAMP)) return value
  return fields.problem(field, `is out of range; give milliseconds from 0 to ${MAX_TIMESTAMP}`)
}
/** As the texts by which they are compared. */
const labels: Reader = (fields) => {
  const wanted = labelTexts(labelsOf(fields))
  return wanted.length === 0 ? undefined : Object.fromEntries(wanted)
}
const oneOf =
  (values: readonly string[]): Reader =>
  (fields, field) =>
    fields.choice(field, values)

const TRACE_FILTERS: Filters<TraceQuery> = {
  runId: id,
  sessionId: id,
  userId: id,
  agentId: id,
  teamId: id,
  workflowId: id,
  status: oneOf(SPAN_STATUSES),
  kind: oneOf(SPAN_KINDS),
  model: name,
  tool: name,
  namePrefix: name,
  from: time,
  to: time,
  minDuration: duration,
  labels,
}

const { labels: _, ...SHARED } = TRACE_FILTERS
const SPAN_FILTERS: Filters<SpanQuery> = { ...SHARED, traceId: (fields, field) => fields.hex(field, 32) }

const SESSION_FILTERS: Filters<SessionQuery> = {
  agentId: id,
  teamId: id,
  workflowId: id,
  userId: id,
  type: oneOf(SESSION_TYPES),
  from: time,
  to: time,
  labels,
}

const RUN_FILTERS: Filters<RunQuery> = {
  ...SESSION_FILTERS,
  sessionId: id,
  parentRunId: id,
  model: name,
  status: oneOf(RUN_STATUSES),
  traceId: (fields, field) => fields.hex(field, 32),
}

const APPROVAL_FILTERS: Filters<ApprovalQuery> = {
  runId: id,
  sessionId: id,
  stepId: id,
  toolCallId: id,
  tool: name,
  agentId: id,
  teamId: id,
  workflowId: id,
  type: oneOf(APPROVAL_TYPES),
  pauseType: oneOf(PAUSE_TYPES),
  status: oneOf(APPROVAL_STATUSES),
  requestedBy: id,
  from: time,
  to: time,
}

const AUDIT_FILTERS: Filters<AuditQuery> = {
  stream: id,
  actor: name,
  action: name,
  target: name,
  outcome: name,
  shape: name,
  traceId: id,
  runId: id,
  sessionId: id,
  approvalId: id,
  from: time,
  to: time,
}

/** Each refuses an unknown filter, and a value of the wrong type, as `invalid`; an absent one is left out. */
export const acceptTraceQuery = accepting<TraceQuery>('trace query', TRACE_FILTERS)
export const acceptSpanQuery = accepting<SpanQuery>('span query', SPAN_FILTERS)
export const acceptSessionQuery = accepting<SessionQuery>('session query', SESSION_FILTERS)
export const acceptRunQuery = accepting<RunQuery>('run query', RUN_FILTERS)
export const acceptApprovalQuery = accepting<ApprovalQuery>('approval query', APPROVAL_FILTERS)
export const acceptAuditQuery = accepting<AuditQuery>('audit query', AUDIT_FILTERS)

function accepting<Q extends object>(what: string, filters: Filters<Q>): (query?: Q) => Q {
  const readers = Object.entries(filters) as [string, Reader][]
  const known = readers.map(([field]) => field)
  return (query) => {
    // A filter is compared with what is stored: what cannot be stored would find what was put in its place.
    const fields = new Fields(what, query === undefined ? {} : query, known, 'exact')
    const accepted = Object.fromEntries(readers.map(([field, read]) => [field, read(fields, field)]))
    fields.done()
    return compact(accepted) as Q
  }
}
