import type { Connection, Driver, Row } from './driver.js'
import { chunksOf, rowsOf } from './driver.js'
import type { TraceRows } from './hand-written.js'

const SUMMARY_COLUMNS = `trace_id, name, kind, root_span_id, status, started_at, ended_at, duration_us, run_id, session_id,
  user_id, agent_id, team_id, workflow_id, spans, errors, running, kinds, prompt_tokens, completion_tokens,
  cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nanos, models, tools, input_preview, output_preview`

/** Rows of one statement of a large load. */
const LOAD = 500

export class SqlTraces {
  constructor(private readonly driver: Driver) {}

  traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    const marks = traceIds.map(() => '?').join(', ')
    return this.driver.read(async (connection) => ({
      traces: await connection.all(`select * from freehold_traces where trace_id in (${marks})`, traceIds),
      spans: await connection.all(`select * from freehold_spans where trace_id in (${marks})`, traceIds),
    }))
  }

  ingest({ traces, spans }: TraceRows): () => Promise<void> {
    const [traceRows, spanRows] = [rowsOf(traces), rowsOf(spans)]
    return () =>
      this.driver.transaction(async (connection) => {
        await connection.insert('freehold_traces', traceRows)
        await connection.insert('freehold_spans', spanRows)
      })
  }

  async loadTraces({ traces }: TraceRows, from: number, to: number): Promise<void> {
    const model = traces[0]!
    const numbers = Array.from({ length: to - from }, (_, i) => from + i)
    for (const chunk of chunksOf(numbers, LOAD)) {
      const rows = chunk.map((number) => this.copyOf(model, number))
      await this.driver.transaction((connection) => connection.insert('freehold_traces', rowsOf(rows)))
    }
  }

  newestTraces(limit: number): Promise<Row[]> {
    return this.driver.read((connection) =>
      connection.all(
        `select ${SUMMARY_COLUMNS} from freehold_traces where tenant = ? order by started_at desc, trace_id desc limit ${limit}`,
        ['default'],
      ),
    )
  }

  trace(traceId: string): Promise<Row[]> {
    return this.driver.read((connection: Connection) =>
      connection.all(
        `select s.* from freehold_traces t
         join freehold_spans s on s.tenant = t.tenant and s.trace_day = t.trace_day and s.trace_id = t.trace_id
         where t.tenant = ? and t.trace_id = ? order by s.started_at, s.span_id`,
        ['default', traceId],
      ),
    )
  }

  private copyOf(model: Row, number: number): Row {
    const startedAt = Date.UTC(2026, 0, 1) + number * 250
    return {
      ...model,
      trace_id: number.toString(16).padStart(32, '0'),
      started_at: this.driver.time(startedAt),
      ended_at: this.driver.time(startedAt + 1000),
    }
  }
}
