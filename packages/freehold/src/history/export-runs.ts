import { Fields, type TenantStorage } from '@freehold/contract'
import type { SkipReason } from './chat/chat.js'
import { type ChatLine, chatLineOf } from './chat/chat-line.js'
import { acceptRows, ROW_OPTIONS, type RunRowOptions, readRows } from './read-rows.js'

/** Runs as rows: each is `{ run, trace?, provenance }`, a {@link RunRow}. */
export interface ExportRunsOptions extends RunRowOptions {
  form?: 'rows'
  /** With the whole trace of each run; false unless told. */
  trace?: boolean
}

/** Runs as conversations: each is a {@link ChatLine}. */
export interface ExportChatsOptions extends RunRowOptions {
  form: 'chat'
  /**
   * Whether the trace of each run is read, which has the tools that were offered, and the messages where the run has none; true unless
   * told. Beside `redact` it has to be told: what a redaction leaves in the trace that it gets may be in the line.
   */
  trace?: boolean
  /**
   * Whether each line has where it comes from, under `metadata`; true unless told. OpenAI's API knows of `messages`, `tools` and
   * `parallel_tool_calls` alone: leave it out for an endpoint that refuses others.
   */
  provenance?: boolean
}

/** A run as a line of JSON without its end, and where to go on behind it. */
export interface ExportedRun {
  runId: string
  line: string
  cursor: string
}

/** A run of which no conversation could be made. It has no line. */
export interface SkippedRun {
  runId: string
  line?: undefined
  skipped: SkipReason
  cursor: string
}

/**
 * Runs as JSON lines, newest first (of one session, latest first), each with where it comes from. Nothing is read before it is asked
 * for, and one run is held at a time, so whoever writes slowly reads slowly. What is appended meanwhile comes before what was begun
 * with, and is not in it.
 *
 * With `form: 'chat'` each line is a conversation for fine-tuning: the run's own messages, else the longest conversation that a call of a
 * model in its trace had, else its input and output. A run of which none can be made comes without a line and says why.
 *
 * @throws StoreError `invalid` for wrong options, or where `redact` gives something else than a row; `unavailable` and others as the stores do; the signal's reason; what `redact` throws
 */
export function exportRuns(storage: TenantStorage, options?: ExportRunsOptions): AsyncGenerator<ExportedRun, void>
export function exportRuns(
  storage: TenantStorage,
  options: ExportChatsOptions,
): AsyncGenerator<ExportedRun | SkippedRun, void>
export async function* exportRuns(
  storage: TenantStorage,
  options: ExportRunsOptions | ExportChatsOptions = {},
): AsyncGenerator<ExportedRun | SkippedRun, void> {
  const fields = new Fields('export', options, [...ROW_OPTIONS, 'form', 'provenance'], 'strict')
  const isChat = fields.choice('form', ['rows', 'chat']) === 'chat'
  if (!isChat && fields.has('provenance')) fields.problem('provenance', 'is always in a row; leave it out')
  if (isChat && fields.has('redact') && !fields.has('trace'))
    fields.problem('trace', 'is not told beside redact; give true where that takes care of traces too, else false')
  const withProvenance = fields.flag('provenance') ?? true
  const read = acceptRows(fields, isChat)
  for await (const { row, runId, cursor } of readRows(storage, read)) {
    const told = isChat ? chatLineOf(row, runId, withProvenance) : row
    if (typeof told === 'string') yield { runId, skipped: told, cursor }
    else yield { runId, line: JSON.stringify(told), cursor }
  }
}
