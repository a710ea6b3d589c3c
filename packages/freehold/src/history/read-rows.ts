import {
  acceptAll,
  acceptRunQuery,
  type Fields,
  pageOf,
  type RunQuery,
  type RunSummary,
  StoreError,
  type TenantStorage,
  toMicroseconds,
} from '@freehold/contract'
import { type RunRow, rowOf } from './run-row.js'

/** Which runs are exported, and what becomes of them. */
export interface RunRowOptions {
  /** Which runs; all of the tenant unless told. */
  query?: RunQuery
  /** The cursor of the last row that was kept: the export goes on behind it. */
  after?: string
  /**
   * What is to become of a row before it takes its form and leaves; undefined leaves it out. It gets a row of its own, which it may
   * change. What it throws ends the export.
   */
  redact?: (row: RunRow) => RunRow | undefined | Promise<RunRow | undefined>
  signal?: AbortSignal
}

export const ROW_OPTIONS = ['query', 'after', 'trace', 'redact', 'signal'] as const

/** What is read, as it was accepted. */
export interface RowsToRead {
  query: RunQuery
  after: string | undefined
  trace: boolean
  redact: NonNullable<RunRowOptions['redact']>
  signal: AbortSignal | undefined
}

/** A row as it leaves, of which run it is, and where to go on behind it. */
export interface ReadRow {
  row: RunRow
  runId: string
  cursor: string
}

/** Runs of one look. Whole runs are read one by one: any may be large. */
const PAGE = 100

/**
 * @param trace whether rows have their traces, unless told
 * @throws StoreError `invalid`, naming every wrong option, also those that `fields` knows of already
 */
export function acceptRows(fields: Fields, trace: boolean): RowsToRead {
  const after = fields.text('after')
  const withTrace = fields.flag('trace') ?? trace
  const redact = fields.raw('redact') ?? ((row: RunRow) => row)
  if (typeof redact !== 'function') fields.problem('redact', 'is no function; give one, or leave it out')
  const signal = fields.raw('signal')
  if (signal !== undefined && !(signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  const [query] = acceptAll(
    'export',
    () => acceptRunQuery(fields.raw('query') as RunQuery | undefined),
    () => fields.done(),
  )
  return { query, after, trace: withTrace, redact: redact as RowsToRead['redact'], signal: signal as AbortSignal }
}

/** Rows, newest first; of one session, latest first. One is held at a time, and none is read before it is asked for. */
export async function* readRows(storage: TenantStorage, read: RowsToRead): AsyncGenerator<ReadRow, void> {
  const { query, trace, redact, signal } = read
  let { after } = read
  do {
    signal?.throwIfAborted()
    const page = await storage.sessions.runs(query, after === undefined ? { limit: PAGE } : { limit: PAGE, after })
    for (const summary of page.items) {
      signal?.throwIfAborted()
      const row = await rowOf(storage, summary.id, trace)
      const told = row && (await redact(row))
      if (told === undefined) continue
      refuseOther(told)
      yield { row: told, runId: summary.id, cursor: cursorBehind(summary, query) }
    }
    after = page.next
  } while (after !== undefined)
}

/** A row that is none would be missed by nobody. */
function refuseOther(row: unknown): void {
  const isObject = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isObject(row) && 'run' in row && isObject(row.run)) return
  const message = 'gave something else than a row; give a row with its run, or undefined to leave it out'
  throw StoreError.invalid('export', [{ field: 'redact', message }])
}

/** As a list of runs has it when one ends a page. */
function cursorBehind(run: RunSummary, { sessionId }: RunQuery): string {
  const { next } =
    sessionId === undefined
      ? pageOf('runs', [run, run], 1, ({ startedAt, id }) => [toMicroseconds(startedAt), id])
      : pageOf('runs of a session', [run, run], 1, ({ seq }) => [seq])
  return next!
}
