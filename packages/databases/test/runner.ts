// Starts a server, says what there is of it, and then does nothing until it is told to exit or is killed.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../src/engines.js'
import { runFolders } from '../src/machine/home.js'
import { childrenOf, identityOf } from '../src/machine/process-tree.js'
import { startServer } from '../src/start.js'

export interface Found {
  supervisor: number
  /** Of the server. None of a server in a container. */
  processes: number[]
  /** What these started. Some, such as the process of a connection, soon end by themselves. */
  children: number[]
  folders: string[]
}

await startServer(process.argv[2] as Engine)
const [supervisor] = childrenOf(process.pid).filter((pid) => runsOf(pid).length > 0)
const folders = runsOf(supervisor!)
const processes = folders.flatMap(processesOf).filter((pid) => pid !== supervisor && identityOf(pid) !== undefined)
const found: Found = { supervisor: supervisor!, processes, children: processes.flatMap(childrenOf), folders }
process.once('message', () => process.exit())
process.send!(found)

function runsOf(pid: number): string[] {
  const there = runFolders().filter((folder) => existsSync(folder))
  const all = there.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  return all.filter((folder) => processesOf(folder)[0] === pid)
}

function processesOf(folder: string): number[] {
  try {
    const lines = readFileSync(join(folder, 'processes'), 'utf8').trim().split('\n')
    return lines.map((line) => Number(line.split(' ')[0]))
  } catch {
    // Another test has removed it meanwhile.
    return []
  }
}
