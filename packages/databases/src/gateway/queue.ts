import { setTimeout as sleep } from 'node:timers/promises'
import { type Document, decode, documentsIn, isTrue } from './documents.js'
import { type Engine, isConflict } from './engine.js'
import type { Request } from './messages.js'

const ATTEMPTS = 30
/** Milliseconds that each attempt adds to the longest wait before the next. */
const BACKOFF = 20

const HAS_UNIQUE_INDEX = `SELECT EXISTS (
  SELECT 1 FROM documentdb_api_catalog.collection_indexes
  JOIN documentdb_api_catalog.collections USING (collection_id)
  WHERE database_name = $1 AND collection_name = $2 AND (index_spec).index_is_unique) AS unique`

/**
 * Unique secondary indexes are exclusion constraints in the engine: statements that insert one key at once deadlock with
 * each other instead of waiting in line, and every deadlock is noticed only after a while. MongoDB shows its clients none
 * of that. So inserts and upserts outside transactions wait here, for each collection that has such an index.
 */
export class Queue {
  private readonly tails = new Map<string, Promise<unknown>>()
  private readonly unique = new Map<string, Promise<boolean>>()

  constructor(private readonly engine: Engine) {}

  /** Does the work in its turn, and again after a conflict, as MongoDB itself does outside transactions. */
  async run<T>(request: Request, work: () => Promise<T>): Promise<T> {
    const collection = insertedInto(request)
    const waits = collection !== undefined && (await this.hasUniqueIndex(request.database, collection))
    const place = waits ? `${request.database}.${collection}` : undefined
    for (let attempt = 1; ; attempt++)
      try {
        return await (place === undefined ? work() : this.inTurn(place, work))
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error
        await sleep(Math.random() * BACKOFF * attempt)
      }
  }

  /** To be called when indexes may have come or gone. */
  forgetIndexes(): void {
    this.unique.clear()
  }

  private async inTurn<T>(place: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.tails.get(place) ?? Promise.resolve()).then(work)
    const tail = turn.catch(() => undefined)
    this.tails.set(place, tail)
    try {
      return await turn
    } finally {
      if (this.tails.get(place) === tail) this.tails.delete(place)
    }
  }

  private hasUniqueIndex(database: string, collection: string): Promise<boolean> {
    const name = `${database}.${collection}`
    const known = this.unique.get(name)
    if (known !== undefined) return known
    const asked = this.engine
      .row<{ unique: boolean }>(undefined, HAS_UNIQUE_INDEX, [database, collection])
      .then((row) => row.unique)
    this.unique.set(name, asked)
    // Not known is not remembered.
    asked.catch(() => this.unique.delete(name))
    return asked
  }
}

/** The collection that the command may put a new document into. */
function insertedInto({ command, sequence }: Request): string | undefined {
  if (command.insert !== undefined) return String(command.insert)
  if (command.findAndModify !== undefined) return isTrue(command.upsert) ? String(command.findAndModify) : undefined
  if (command.update === undefined) return undefined
  const updates = (command.updates ?? documentsIn(sequence?.raw ?? Buffer.alloc(0)).map(decode)) as Document[]
  return updates.some(({ upsert }) => isTrue(upsert)) ? String(command.update) : undefined
}
