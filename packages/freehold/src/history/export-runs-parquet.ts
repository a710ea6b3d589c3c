import { Writable } from 'node:stream'
import { Fields, type TenantStorage } from '@freehold/contract'
import { onFiles, writeTo } from '../on-files.js'
import { columnsOf } from './parquet/columns.js'
import { loadParquet, parquetFile, type Written } from './parquet/parquet-file.js'
import { acceptRows, type ReadRow, ROW_OPTIONS, type RunRowOptions, readRows } from './read-rows.js'

export interface ExportParquetOptions extends RunRowOptions {
  /** With the whole trace of each run, in a column of its own; false unless told. */
  trace?: boolean
  /** Most rows of the file; all unless told. */
  limit?: number
}

/** What was written to a Parquet file. */
export interface ExportedParquet {
  rows: number
  rowGroups: number
  /** Where to go on behind the last row, in another file; absent where there is no row. */
  cursor?: string
}

/**
 * Writes runs to a new Parquet file, or to a stream, which it ends: newest first (of one session, latest first), a row each. It takes the
 * package `hyparquet-writer`.
 *
 * | columns | |
 * |---|---|
 * | `tenant`, `run_id`, `session_id`, `trace_id`, `exported_at` | where the row comes from |
 * | `seq`, `parent_run_id`, `type`, `status`, `agent_id`, `team_id`, `workflow_id`, `user_id`, `provider`, `model`, `error` | as the run has them |
 * | `started_at`, `ended_at`, `duration_ms` | times in UTC, to the microsecond |
 * | `prompt_tokens`, `completion_tokens`, `cache_read_tokens`, `cache_write_tokens`, `reasoning_tokens`, `cost_usd` | what the run was booked with |
 * | `input`, `output`, `messages`, `metadata`, `repairs`, and `trace` where it is asked for | JSON |
 *
 * Any may be null. Rows are held until their group is written: at most 1,000, or 8,388,608 characters of text, and whoever writes
 * slowly reads slowly. What grows with the file is what its end says of each group.
 *
 * The end of a Parquet file is what makes it one, so none can be gone on with: a part of it is removed, and an export that goes on is a
 * new file, behind the `cursor` of the one before. For files of a size, give a `limit`.
 *
 * @throws StoreError `invalid` for wrong options, or where `redact` gives something else than a row; `already_exists` where the file is there; `unsupported` where the package is not; `unavailable` and others as the stores do; the signal's reason; what `redact` throws
 */
export async function exportRunsParquet(
  storage: TenantStorage,
  target: string | Writable,
  options: ExportParquetOptions = {},
): Promise<ExportedParquet> {
  const fields = new Fields('export', options, [...ROW_OPTIONS, 'limit'])
  const limit = fields.integer('limit', 1) ?? Number.POSITIVE_INFINITY
  if (typeof target !== 'string' && !(target instanceof Writable))
    fields.problem('target', 'is neither a path nor a stream to write to; give one')
  const read = acceptRows(fields, false)
  const library = await loadParquet()
  const written: Written = { rows: 0, rowGroups: 0 }
  const file = parquetFile(library, upTo(limit, readRows(storage, read)), columnsOf(read.trace), written)
  await onFiles(read.signal, () => writeTo(target, file, read.signal))
  return written
}

async function* upTo(limit: number, rows: AsyncIterable<ReadRow>): AsyncGenerator<ReadRow, void> {
  let left = limit
  for await (const row of rows) {
    yield row
    left -= 1
    if (left === 0) return
  }
}
