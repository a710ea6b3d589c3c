import type { Call, Command } from './command.js'
import type { Document } from './documents.js'
import { MongoError } from './errors.js'
import { explain } from './explain.js'
import { forwarded } from './forwarded.js'

/** Where the engine goes on with each open cursor. */
const continuations = new Map<string, Buffer>()

interface Page {
  page: Buffer
  continuation: Buffer | null
  cursorid: bigint
}

/** A command that opens a cursor. */
function opened(source: string): Command {
  const sql = `SELECT cursorpage::bytea AS page, continuation::bytea AS continuation, cursorid
    FROM documentdb_api.${source}_cursor_first_page($1::text, $2::bytea)`
  return async ({ engine, request, transaction }) => {
    const row = await engine.row<Page>(transaction, sql, [request.database, request.raw])
    if (row.continuation !== null) continuations.set(String(row.cursorid), row.continuation)
    return row.page
  }
}

async function getMore({ engine, request, transaction }: Call): Promise<Buffer> {
  const id = String(request.command.getMore)
  const from = continuations.get(id)
  if (from === undefined) throw new MongoError(43, `cursor id ${id} not found`)
  const row = await engine.row<Page>(
    transaction,
    `SELECT cursorpage::bytea AS page, continuation::bytea AS continuation
     FROM documentdb_api.cursor_get_more($1::text, $2::bytea, $3::bytea)`,
    [request.database, request.raw, from],
  )
  if (row.continuation === null) continuations.delete(id)
  else continuations.set(id, row.continuation)
  return row.page
}

async function killCursors({ request }: Call): Promise<Document> {
  const ids = request.command.cursors as readonly unknown[]
  const cursorsKilled = ids.filter((id) => continuations.delete(String(id)))
  const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id))
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 }
}

const pipeline = opened('aggregate')

function aggregate(call: Call): Promise<Buffer | Document> {
  const { explain: explained, ...command } = call.request.command
  if (!explained) return pipeline(call)
  return explain({ ...call, request: { ...call.request, command: { explain: command } } })
}

/** Queries, and the cursors they open. */
export const reads: Record<string, Command> = {
  find: opened('find'),
  aggregate,
  listCollections: opened('list_collections'),
  listIndexes: opened('list_indexes'),
  getMore,
  killCursors,
  count: forwarded('SELECT document::bytea AS answer FROM documentdb_api.count_query($1::text, $2::bytea)'),
  distinct: forwarded('SELECT document::bytea AS answer FROM documentdb_api.distinct_query($1::text, $2::bytea)'),
}
