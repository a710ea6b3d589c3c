import { type Json, MAX_TIMESTAMP, StoreError, toMicroseconds } from '@freehold/contract'
import type { RunRow } from '../run-row.js'

/** What the cells of a column hold. Any may be null. */
type Kind = 'text' | 'integer' | 'number' | 'time' | 'json'

interface Column {
  kind: Kind
  read: (row: RunRow) => unknown
}

/** A cell as the library for Parquet takes it, and how many characters of text it has. */
export interface Cell {
  value: unknown
  size: number
}

const text = (read: Column['read']): Column => ({ kind: 'text', read })
const integer = (read: Column['read']): Column => ({ kind: 'integer', read })
const number = (read: Column['read']): Column => ({ kind: 'number', read })
const time = (read: Column['read']): Column => ({ kind: 'time', read })
const json = (read: Column['read']): Column => ({ kind: 'json', read })

/** What a redaction may have taken out is null. */
const COLUMNS: Readonly<Record<string, Column>> = {
  tenant: text(({ provenance }) => provenance?.tenant),
  run_id: text(({ run, provenance }) => provenance?.runId ?? run.id),
  session_id: text(({ run, provenance }) => provenance?.sessionId ?? run.sessionId),
  trace_id: text(({ run, provenance }) => provenance?.traceId ?? run.traceId),
  exported_at: time(({ provenance }) => provenance?.exportedAt),
  seq: integer(({ run }) => run.seq),
  parent_run_id: text(({ run }) => run.parentRunId),
  type: text(({ run }) => run.type),
  status: text(({ run }) => run.status),
  agent_id: text(({ run }) => run.agentId),
  team_id: text(({ run }) => run.teamId),
  workflow_id: text(({ run }) => run.workflowId),
  user_id: text(({ run }) => run.userId),
  provider: text(({ run }) => run.provider),
  model: text(({ run }) => run.model),
  error: text(({ run }) => run.error),
  started_at: time(({ run }) => run.startedAt),
  ended_at: time(({ run }) => run.endedAt),
  duration_ms: number(({ run }) => (run.endedAt === undefined ? undefined : run.endedAt - run.startedAt)),
  prompt_tokens: integer(({ run }) => run.usage?.promptTokens),
  completion_tokens: integer(({ run }) => run.usage?.completionTokens),
  cache_read_tokens: integer(({ run }) => run.usage?.cacheReadTokens),
  cache_write_tokens: integer(({ run }) => run.usage?.cacheWriteTokens),
  reasoning_tokens: integer(({ run }) => run.usage?.reasoningTokens),
  cost_usd: number(({ run }) => run.usage?.cost),
  input: json(({ run }) => run.input),
  output: json(({ run }) => run.output),
  messages: json(({ run }) => run.messages),
  metadata: json(({ run }) => run.metadata),
  repairs: json(({ run }) => run.repairs),
}

const TRACE = json(({ trace }) => trace)

export type Columns = readonly (readonly [name: string, column: Column])[]

export function columnsOf(withTrace: boolean): Columns {
  const columns = Object.entries(COLUMNS)
  return withTrace ? [...columns, ['trace', TRACE]] : columns
}

/** The cells of a row, in the order of the columns. @throws StoreError `invalid` where a redaction left something of another kind */
export function cellsOf(row: RunRow, columns: Columns): Cell[] {
  const cells = columns.map(([, { kind, read }]) => cellOf(kind, read(row)))
  const wrong = columns.filter((_, n) => cells[n] === undefined)
  if (wrong.length === 0) return cells as Cell[]
  const told = wrong.map(([name, { kind }]) => `${name}, which is ${NOUNS[kind]}`).join('; ')
  const message = `gave something else for ${told}; give a value of its kind, or take it out`
  throw StoreError.invalid('export', [{ field: 'redact', message }])
}

const NOUNS: Readonly<Record<Kind, string>> = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a finite number',
  time: 'milliseconds since 1970',
  json: 'JSON',
}

function cellOf(kind: Kind, value: unknown): Cell | undefined {
  if (value === undefined) return { value, size: 0 }
  if (kind === 'json') return jsonCell(value as Json)
  if (value === null) return { value: undefined, size: 0 }
  if (kind === 'text') return typeof value === 'string' ? { value, size: value.length } : undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (kind === 'number') return { value, size: 8 }
  if (kind === 'integer') return Number.isSafeInteger(value) ? { value: BigInt(value), size: 8 } : undefined
  return value >= 0 && value <= MAX_TIMESTAMP ? { value: BigInt(toMicroseconds(value)), size: 8 } : undefined
}

/**
 * The library copies objects key by key and takes null for nothing, so that a key such as `__proto__` and the JSON value null were lost;
 * what says itself what its JSON is it takes as it is.
 */
function jsonCell(json: Json): Cell | undefined {
  const size = JSON.stringify(json)?.length
  if (size === undefined) return undefined
  return { value: Object.assign(Object.create(null), { toJSON: () => json }), size }
}
