import { administration } from './administration.js'
import type { Command } from './command.js'
import { explain } from './explain.js'
import { reads } from './reads.js'
import { sessions } from './sessions.js'
import { writes } from './writes.js'

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
