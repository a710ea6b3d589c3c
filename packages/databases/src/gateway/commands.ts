import { administration } from './administration.js'
import type { Document } from './documents.js'
import type { Engine, Transaction } from './engine.js'
import { explain } from './explain.js'
import type { Request } from './messages.js'
import { reads } from './reads.js'
import { sessions } from './sessions.js'
import { writes } from './writes.js'

/** What a command works on. */
export interface Call {
  engine: Engine
  request: Request
  transaction: Transaction | undefined
}

export type Command = (call: Call) => Promise<Buffer | Document>

/** Every command that the gateway knows. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...sessions,
    ...reads,
    ...writes,
    ...administration,
    explain,
  }),
)
