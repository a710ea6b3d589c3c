import type { Account } from '../machine/account.js'

/** A process to start. Its output goes to the file `log`. `quit` ends it at once, but lets it give back what the system lent it. */
export interface Launch {
  command: string
  args: readonly string[]
  env?: Record<string, string>
  account?: Account
  log: string
  quit?: NodeJS.Signals
}

/** What the supervisor is asked to do; it answers each with a `Reply` of the same id. */
export type Order = { id: number } & (
  | { do: 'folder'; folder: string; atEnd?: readonly string[] }
  | { do: 'launch'; folder: string; launch: Launch }
  | { do: 'remove'; folder: string }
)

/** What the supervisor says: the answer to an order, or that a process it launched has ended. */
export type Word = { id: number; pid?: number; error?: string } | { ended: number; how: string }
