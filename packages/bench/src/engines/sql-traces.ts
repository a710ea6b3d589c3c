import type { Connection, Driver, Row } from './driver.js'
import { chunksOf, rowsOf } from './driver.js'
import type { TraceRows } from './hand-written.js'

const SUMMARY_COLUMNS = `trace_id, name, kind, root_span_id, status, started_at, ended_at, duration_us, run_id, session_id,
  user_id, agent_id, team_id, workflow_id, spans, errors, running, kinds, prompt_tokens, completion_tokens,
  cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nanos, models, tools, input_preview, output_preview`

const OUTLINE_COLUMNS = `trace_id, span_id, parent_id, name, kind, status, started_at, ended_at, duration_us, run_id,
  session_id, user_id, agent_id, team_id, workflow_id, model, tool, prompt_tokens, completion_tokens, cache_read_tokens,
  cache_write_tokens, reasoning_tokens, cost_nanos, input_preview, output_preview`

/** Rows of one statement of a large load. */
const LOAD = 500

export class SqlTraces {
  constructor(private readonly driver: Driver) {}

  traceRows(traceIds: readonly string[]): Promise<TraceRows> {
    return this.driver.read(async (connection) => ({
      traces: await this.rowsOf(connection, 'freehold_traces', traceIds),
      spans: await this.rowsOf(connection, 'freehold_spans', traceIds),
      texts: await this.rowsOf(connection, 'freehold_texts', traceIds),
    }))
  }

  ingest({ traces, spans, texts }: TraceRows): () => Promise<void> {
    const [traceRows, spanRows, textRows] = [rowsOf(traces), rowsOf(spans), rowsOf(texts)]
    return () =>
      this.driver.transaction(async (connection) => {
        await connection.insert('freehold_traces', traceRows)
        if (texts.length > 0) await connection.insert('freehold_texts', textRows)
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

  /** In order here: a database would sort whole payloads, and some run out of memory at it. */
  async trace(traceId: string): Promise<Row[]> {
    return inOrder(await this.spansOf(traceId, '*'))
  }

  async outline(traceId: string): Promise<Row[]> {
    return inOrder(await this.spansOf(traceId, OUTLINE_COLUMNS))
  }

  /** Its row tells the day under which the rest of a trace lies. */
  private spansOf(traceId: string, columns: string): Promise<Row[]> {
    return this.driver.read((connection) =>
      connection.all(
        `select ${columns.replaceAll(/\w+|\*/g, 's.$&')} from freehold_traces t
         join freehold_spans s on s.tenant = t.tenant and s.trace_day = t.trace_day and s.trace_id = t.trace_id
         where t.tenant = ? and t.trace_id = ?`,
        ['default', traceId],
      ),
    )
  }

  private rowsOf(connection: Connection, table: string, traceIds: readonly string[]): Promise<Row[]> {
    const marks = traceIds.map(() => '?').join(', ')
    return connection.all(
      `select s.* from freehold_traces t
       join ${table} s on s.tenant = t.tenant and s.trace_day = t.trace_day and s.trace_id = t.trace_id
       where t.tenant = ? and t.trace_id in (${marks})`,
      ['default', ...traceIds],
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

/** Times are read as text here, or as numbers, and compare as they are. */
function inOrder(rows: Row[]): Row[] {
  return rows.sort((a, b) => compare(a.started_at, b.started_at) || compare(a.span_id, b.span_id))
}

function compare(a: unknown, b: unknown): number {
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1
}
