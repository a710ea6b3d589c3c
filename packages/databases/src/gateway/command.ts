import type { Document } from './documents.js'
import type { Engine, Transaction } from './engine.js'
import type { Request } from './messages.js'

/** What a command works on. */
export interface Call {
  engine: Engine
  request: Request
  transaction: Transaction | undefined
}

export type Command = (call: Call) => Promise<Buffer | Document>
