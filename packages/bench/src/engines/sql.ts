import { newId } from '@freehold/contract'
import type { Driver, Row } from './driver.js'
import type { HandWritten, NewDecision, NewEntry, NewRun, TraceRows } from './hand-written.js'
import { SqlAudit } from './sql-audit.js'
import { SqlSessions } from './sql-sessions.js'
import { SqlTraces } from './sql-traces.js'

const LISTED = [
  'freehold_traces',
  'freehold_spans',
  'freehold_texts',
  'freehold_runs',
  'freehold_sessions',
  'freehold_audit',
]

/** The SQL is the same on every engine; how it reaches the server is each driver's own. */
export class HandWrittenSql implements HandWritten {
  readonly technique: string
  private readonly traces: SqlTraces
  private readonly sessions: SqlSessions
  private readonly audit: SqlAudit

  constructor(private readonly driver: Driver) {
    this.technique = driver.technique
    this.traces = new SqlTraces(driver)
    this.sessions = new SqlSessions(driver)
    this.audit = new SqlAudit(driver)
  }

  traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    return this.traces.traceRows(traceIds)
  }

  ingest(rows: TraceRows): () => Promise<void> {
    return this.traces.ingest(rows)
  }

  loadTraces(model: TraceRows, from: number, to: number): Promise<void> {
    return this.traces.loadTraces(model, from, to)
  }

  newestTraces(limit: number): Promise<Row[]> {
    return this.traces.newestTraces(limit)
  }

  trace(traceId: string): Promise<Row[]> {
    return this.traces.trace(traceId)
  }

  outline(traceId: string): Promise<Row[]> {
    return this.traces.outline(traceId)
  }

  loadRuns(sessionId: string, runs: readonly NewRun[]): Promise<void> {
    return this.sessions.load(sessionId, runs)
  }

  appendRun(run: NewRun): Promise<void> {
    return this.sessions.append(run)
  }

  approve(id: string, { by, reason }: NewDecision): Promise<void> {
    const { driver } = this
    return driver.transaction(async (connection) => {
      const [approval] = await connection.all('select * from freehold_approvals where tenant = ? and id = ?', [
        'default',
        id,
      ])
      const version = Number(approval!.version) + 1
      const at = Date.now()
      const votes = JSON.stringify([{ by, decision: 'approved', at, reason }])
      const resolution = JSON.stringify({ by, at, reason })
      const won = await connection.run(
        `update freehold_approvals set status = 'approved', version = ?, votes = ?, resolution = ?
         where tenant = ? and id = ? and status = 'pending' and version = ?`,
        [version, votes, resolution, 'default', id, version - 1],
      )
      if (won !== 1) throw new Error('the approval was decided meanwhile')
      await connection.run(
        `insert into freehold_approval_events (tenant, approval_id, seq, id, type, at, actor, reason)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
        ['default', id, version, newId(), 'approved', driver.time(at), by, reason],
      )
    })
  }

  appendEntries(entries: readonly NewEntry[]): Promise<void> {
    return this.audit.append(entries)
  }

  verifyEntries(): Promise<number> {
    return this.audit.verify()
  }

  settle(): Promise<void> {
    return this.driver.settle(LISTED)
  }

  bytesLogged(work: () => Promise<void>): Promise<number> {
    return this.driver.bytesLogged(work)
  }

  bytesAtRest(): Promise<number> {
    return this.driver.bytesAtRest()
  }

  close(): Promise<void> {
    return this.driver.close()
  }
}
