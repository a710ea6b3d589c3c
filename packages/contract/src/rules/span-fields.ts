/** Longest name of a span or an event, and longest stack of an error, in UTF-16 units. */
export const MAX_SPAN_NAME = 1_000
export const MAX_STACK = 100_000

export const SPAN_FIELDS = [
  'traceId',
  'spanId',
  'parentId',
  'name',
  'kind',
  'status',
  'startedAt',
  'endedAt',
  'runId',
  'sessionId',
  'userId',
  'agentId',
  'teamId',
  'workflowId',
  'labels',
  'error',
  'input',
  'output',
  'detail',
  'attributes',
  'events',
  'links',
  'resource',
  'scope',
  'repairs',
  'reading',
]

/** But for marks, which a span has that was read and is written again. */
export const PLAIN_SPAN_FIELDS: ReadonlySet<string> = new Set(SPAN_FIELDS.filter((field) => field !== 'repairs'))

export const ERROR_FIELDS: ReadonlySet<string> = new Set(['type', 'message', 'stack'])
export const EVENT_FIELDS: ReadonlySet<string> = new Set(['name', 'at', 'attributes'])
export const LINK_FIELDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'attributes'])
export const REPAIR_FIELDS: ReadonlySet<string> = new Set(['field', 'reason'])
