import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { runFolders } from '../machine/home.js'
import { identityOf, killTree } from '../machine/process-tree.js'

// A run is a folder with the data of one server. It also holds the processes that belong to it, one a line: first the
// supervisor, whose end it does not outlive, then those of the server.
const PROCESSES = 'processes'
// The command that removes what the server has elsewhere, where it has something.
const AT_END = 'at-end'
/** Milliseconds for that command. */
const PATIENCE = 60_000

export function createRun(folder: string, atEnd?: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  // The user that the server runs as passes through; what is its own it keeps to itself.
  for (const each of [dirname(folder), folder]) chmodSync(each, 0o755)
  if (atEnd !== undefined) writeFileSync(join(folder, AT_END), JSON.stringify(atEnd))
  noteProcess(folder, process.pid)
}

export function noteProcess(folder: string, pid: number): void {
  appendFileSync(join(folder, PROCESSES), `${pid} ${identityOf(pid)}\n`)
}

/** Removes the run of a server that nobody has disposed of. Its processes have ended. */
export function endRun(folder: string): void {
  const file = join(folder, AT_END)
  if (existsSync(file)) {
    const [command, ...args] = JSON.parse(readFileSync(file, 'utf8')) as string[]
    spawnSync(command!, args, { stdio: 'ignore', timeout: PATIENCE })
  }
  removeRun(folder)
}

/** Removes the run of a server that has been disposed of. */
export function removeRun(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

/** Ends and removes what is left of runs whose supervisor was killed itself. */
export function sweepRuns(): void {
  for (const folder of runFolders().flatMap(foldersIn)) {
    const [supervisor, ...servers] = processesOf(folder)
    // Without a line it is being made or removed at this moment.
    if (supervisor === undefined || runs(supervisor)) continue
    for (const server of servers.filter(runs)) killTree(Number(server.split(' ')[0]))
    endRun(folder)
  }
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

function processesOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, PROCESSES), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}

function runs(line: string): boolean {
  const [pid, ...identity] = line.split(' ')
  return identityOf(Number(pid)) === identity.join(' ')
}
