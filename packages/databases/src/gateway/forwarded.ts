import type { Command } from './command.js'
import { OK } from './documents.js'
import type { Answer } from './engine.js'

/** A command that is one function of the engine. Its parameters are the database's name and the command. */
export function forwarded(sql: string): Command {
  return async ({ engine, request, transaction }) => {
    const { answer } = await engine.row<Answer>(transaction, sql, [request.database, request.raw])
    return answer ?? OK
  }
}
