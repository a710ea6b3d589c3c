import { compact, type Run, type TenantStorage, type Timestamp, type Trace } from '@freehold/contract'

/** Where a row comes from. */
export interface Provenance {
  tenant: string
  runId: string
  sessionId: string
  traceId?: string
  exportedAt: Timestamp
}

/** A run as it is exported. */
export interface RunRow {
  run: Run
  /** Where it was asked for, and the run has one. */
  trace?: Trace
  provenance: Provenance
}

/** Undefined where there is no such run (any more). */
export async function rowOf(
  { tenantId, sessions, traces }: TenantStorage,
  id: string,
  withTrace: boolean,
): Promise<RunRow | undefined> {
  const run = await sessions.run(id)
  if (run === null) return undefined
  const { sessionId, traceId } = run
  const trace = withTrace && traceId !== undefined ? await traces.get(traceId) : null
  const provenance = compact({ tenant: tenantId, runId: id, sessionId, traceId, exportedAt: Date.now() })
  return compact({ run, trace: trace ?? undefined, provenance })
}
