import type { Call, Command } from './command.js'
import { type Document, decode, documentsIn, encode, numberOf, valueAt } from './documents.js'
import type { Answer } from './engine.js'
import { DUPLICATE_KEY, errorOfState, unpackState, WRITE_CONFLICT } from './errors.js'
import { forwarded } from './forwarded.js'

/**
 * The engine's answer as it is, but for the errors in it. Of several upserts of one key at the same time the engine may tell
 * more than one that it inserted the document.
 */
function written(name: 'insert' | 'update' | 'delete'): Command {
  const sql = `SELECT p_result::bytea AS answer FROM documentdb_api.${name}($1::text, $2::bytea, $3::bytea, NULL)`
  return async (call) => {
    const { engine, request, transaction } = call
    const values = [request.database, request.raw, request.sequence?.raw ?? null]
    const { answer } = await engine.row<Answer>(transaction, sql, values)
    const result = decode(answer)
    if (result.writeErrors === undefined) return answer
    const writeErrors = await Promise.all(
      (result.writeErrors as Document[]).map((error) => translated(call, String(request.command[name]), error)),
    )
    return encode({ ...result, writeErrors })
  }
}

/** An error of one write, which the engine reports as PostgreSQL does, as MongoDB reports it. */
async function translated(call: Call, collection: string, error: Document): Promise<Document> {
  const { request, transaction } = call
  const inTransaction = transaction !== undefined
  const { code, message } = errorOfState(unpackState(numberOf(error.code)), String(error.errmsg), inTransaction)
  if (code === WRITE_CONFLICT && inTransaction) throw errorOfState('40001', message, inTransaction)
  if (code !== DUPLICATE_KEY) return { ...error, code, errmsg: message }
  const index = /Index '([^']*)'/.exec(message)?.[1] ?? '_id_'
  const keyPattern = await keyOf(call, collection, index)
  const inserted = request.command.insert === undefined ? undefined : insertedAt(call, numberOf(error.index))
  const keyValue =
    inserted && Object.fromEntries(Object.keys(keyPattern).map((key) => [key, valueAt(inserted, key) ?? null]))
  const errmsg = `E11000 duplicate key error collection: ${request.database}.${collection} index: ${index} dup key: ${JSON.stringify(keyValue ?? {})}`
  return { ...error, code, errmsg, keyPattern, keyValue: keyValue ?? {} }
}

function insertedAt({ request }: Call, index: number): Document {
  const beside = request.sequence && documentsIn(request.sequence.raw)[index]
  return beside === undefined ? (request.command.documents as Document[])[index]! : decode(beside)
}

/** The fields of an index, by the name that the engine's message gives. */
async function keyOf({ engine, request, transaction }: Call, collection: string, name: string): Promise<Document> {
  const { answer } = await engine.row<Answer>(
    transaction,
    `SELECT cursorpage::bytea AS answer
     FROM documentdb_api.list_indexes_cursor_first_page($1::text, $2::bytea)`,
    [request.database, encode({ listIndexes: collection, cursor: {} })],
  )
  const indexes = decode(answer).cursor.firstBatch as Document[]
  return indexes.find((index) => String(index.name) === name)?.key ?? { _id: 1 }
}

/** Commands that change documents. */
export const writes: Record<string, Command> = {
  insert: written('insert'),
  update: written('update'),
  delete: written('delete'),
  findAndModify: forwarded(
    'SELECT p_result::bytea AS answer FROM documentdb_api.find_and_modify($1::text, $2::bytea, NULL)',
  ),
}
