import type { Call, Command } from './command.js'
import { type Document, decode, numberOf, OK } from './documents.js'
import type { Answer } from './engine.js'
import { errorOfState, unpackState } from './errors.js'
import { forwarded } from './forwarded.js'

async function createIndexes({ engine, request, transaction }: Call): Promise<Buffer> {
  // The public function leaves the building to a job that looks for work every two seconds.
  const sql = `SELECT documentdb_api_internal.create_indexes_non_concurrently($1::text, $2::bytea, true)::bytea AS answer`
  const { answer } = await engine.row<Answer>(transaction, sql, [request.database, request.raw])
  const [shard] = Object.values((decode(answer).raw ?? {}) as Record<string, Document>)
  throwIfFailed(shard)
  return answer
}

async function dropIndexes({ engine, request, transaction }: Call): Promise<Buffer> {
  const sql = `SELECT dropped::bytea AS answer
    FROM (SELECT documentdb_api_internal_readwrite.drop_indexes_non_concurrently($1::text, $2::bytea) AS dropped) one`
  const { answer } = await engine.row<Answer>(transaction, sql, [request.database, request.raw])
  throwIfFailed(decode(answer))
  return answer
}

/** These two report an error in their answer, and as PostgreSQL would. */
function throwIfFailed(result: Document | undefined): void {
  if (result === undefined || numberOf(result.ok) !== 0) return
  throw errorOfState(unpackState(numberOf(result.code)), String(result.errmsg), false)
}

async function drop({ engine, request, transaction }: Call): Promise<Document> {
  const name = String(request.command.drop)
  await engine.row(transaction, 'SELECT documentdb_api.drop_collection($1::text, $2::text)', [request.database, name])
  return { ns: `${request.database}.${name}`, nIndexesWas: 1, ok: 1 }
}

async function dropDatabase({ engine, request, transaction }: Call): Promise<Document> {
  await engine.row(transaction, 'SELECT documentdb_api.drop_database($1::text)', [request.database])
  return { dropped: request.database, ok: 1 }
}

/** A command whose function takes the command alone. */
function global(sql: string): Command {
  return async ({ engine, request, transaction }) => {
    const { answer } = await engine.row<Answer>(transaction, sql, [request.raw])
    return answer ?? OK
  }
}

async function collMod({ engine, request, transaction }: Call): Promise<Buffer> {
  const sql = 'SELECT documentdb_api.coll_mod($1::text, $2::text, $3::bytea)::bytea AS answer'
  const values = [request.database, String(request.command.collMod), request.raw]
  return (await engine.row<Answer>(transaction, sql, values)).answer
}

async function collStats({ engine, request, transaction }: Call): Promise<Buffer> {
  const { collStats: name, scale = 1 } = request.command
  const sql = 'SELECT documentdb_api.coll_stats($1::text, $2::text, $3)::bytea AS answer'
  return (await engine.row<Answer>(transaction, sql, [request.database, String(name), numberOf(scale)])).answer
}

async function dbStats({ engine, request, transaction }: Call): Promise<Buffer> {
  const sql = 'SELECT documentdb_api.db_stats($1::text, $2)::bytea AS answer'
  const scale = numberOf(request.command.scale ?? 1)
  return (await engine.row<Answer>(transaction, sql, [request.database, scale])).answer
}

/** Commands on databases, collections and indexes. Those in `CHANGES_INDEXES` may add or remove an index. */
export const administration: Record<string, Command> = {
  create: forwarded('SELECT documentdb_api.create_collection_view($1::text, $2::bytea)::bytea AS answer'),
  createIndexes,
  dropIndexes,
  drop,
  dropDatabase,
  renameCollection: global('SELECT documentdb_api.rename_collection($1::bytea::documentdb_core.bson)::bytea AS answer'),
  collMod,
  collStats,
  dbStats,
  listDatabases: global('SELECT documentdb_api.list_databases($1::bytea)::bytea AS answer'),
}

export const CHANGES_INDEXES: ReadonlySet<string> = new Set([
  'create',
  'createIndexes',
  'dropIndexes',
  'drop',
  'dropDatabase',
  'renameCollection',
  'collMod',
])
