import {
  acceptAll,
  acceptRunQuery,
  Fields,
  pageOf,
  type Run,
  type RunQuery,
  type RunSummary,
  StoreError,
  type TenantStorage,
  type Timestamp,
  type Trace,
  toMicroseconds,
} from '@freehold/contract'

/** A run as it is exported. */
export interface RunRow {
  run: Run
  /** Where it was asked for, and the run has one. */
  trace?: Trace
  /** Where the row comes from. */
  provenance: { tenant: string; runId: string; sessionId: string; traceId?: string; exportedAt: Timestamp }
}

export interface ExportRunsOptions {
  /** Which runs; all of the tenant unless told. */
  query?: RunQuery
  /** The cursor of the last row that was kept: the export goes on behind it. */
  after?: string
  /** With the whole trace of each run; false unless told. */
  trace?: boolean
  /** What is to become of a row before it leaves; undefined leaves it out. It gets a row of its own, which it may change. */
  redact?: (row: RunRow) => RunRow | undefined | Promise<RunRow | undefined>
  signal?: AbortSignal
}

/** A row, as a line of JSON without its end, and where to go on behind it. */
export interface ExportedRun {
  line: string
  cursor: string
}

/** Runs of one look. Whole runs are read one by one: any may be large. */
const PAGE = 100

/**
 * Runs as JSON lines, newest first (of one session, latest first), each with where it comes from. Nothing is read before it is asked
 * for, and one run is held at a time, so whoever writes slowly reads slowly. What is appended meanwhile comes before what was begun
 * with, and is not in it.
 *
 * @throws StoreError `invalid` for wrong options, or where `redact` gives something else than a row; `unavailable` and others as the stores do; the signal's reason
 */
export async function* exportRuns(
  storage: TenantStorage,
  options: ExportRunsOptions = {},
): AsyncGenerator<ExportedRun, void> {
  const fields = new Fields('export', options, ['query', 'after', 'trace', 'redact', 'signal'], 'strict')
  const from = fields.text('after')
  const withTrace = fields.flag('trace') ?? false
  const { redact = (row: RunRow) => row, signal } = options
  if (typeof redact !== 'function') fields.problem('redact', 'is no function; give one, or leave it out')
  if (signal !== undefined && !(signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  const [query] = acceptAll(
    'export',
    () => acceptRunQuery(options.query),
    () => fields.done(),
  )
  let after = from
  do {
    const page = await storage.sessions.runs(query, after === undefined ? { limit: PAGE } : { limit: PAGE, after })
    for (const summary of page.items) {
      signal?.throwIfAborted()
      const row = await rowOf(storage, summary, withTrace)
      const told = row && (await redact(row))
      if (told !== undefined) refuseOther(told)
      if (told !== undefined) yield { line: JSON.stringify(told), cursor: cursorBehind(summary, query) }
    }
    after = page.next
  } while (after !== undefined)
}

/** A row that is none would be missed by nobody. */
function refuseOther(row: unknown): void {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return
  const message = 'gave something else than a row; give a row, or undefined to leave it out'
  throw StoreError.invalid('export', [{ field: 'redact', message }])
}

/** Undefined where it was removed since it was listed. */
async function rowOf(
  { tenantId, sessions, traces }: TenantStorage,
  { id, sessionId, traceId }: RunSummary,
  withTrace: boolean,
): Promise<RunRow | undefined> {
  const run = await sessions.run(id)
  if (run === null) return undefined
  const trace = withTrace && traceId !== undefined ? await traces.get(traceId) : null
  const provenance = { tenant: tenantId, runId: id, sessionId, ...(traceId && { traceId }), exportedAt: Date.now() }
  return { run, ...(trace && { trace }), provenance }
}

/** As a list of runs has it when one ends a page. */
function cursorBehind(run: RunSummary, { sessionId }: RunQuery): string {
  const { next } =
    sessionId === undefined
      ? pageOf('runs', [run, run], 1, ({ startedAt, id }) => [toMicroseconds(startedAt), id])
      : pageOf('runs of a session', [run, run], 1, ({ seq }) => [seq])
  return next!
}
