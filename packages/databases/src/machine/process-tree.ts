import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds. After five seconds PostgreSQL itself uses force on what it started. */
const GRACE = 7_000

/** Tells a process from a later one that was given the same id; undefined when it does not run. */
export function identityOf(pid: number): string | undefined {
  try {
    if (existsSync('/proc/self/stat')) return statOf(pid).started
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/**
 * Ends a process and its children at once. The process is held first, so that it starts no more children meanwhile: the
 * processes of a PostgreSQL server, for one, are in no common process group.
 */
export function killTree(pid: number): void {
  signal(pid, 'SIGSTOP')
  const children = childrenOf(pid)
  signal(pid, 'SIGKILL')
  for (const child of children) killTree(child)
}

/**
 * Ends a process by the signal it has for it, and by force when it is still there after that: a PostgreSQL that is
 * killed leaves shared memory behind, of which a system has a limited number of pieces.
 */
export async function quitTree(pid: number, quit: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (quit === 'SIGKILL') return killTree(pid)
  signal(pid, quit)
  for (const deadline = Date.now() + GRACE; identityOf(pid) !== undefined; await sleep(10))
    if (Date.now() > deadline) return killTree(pid)
}

export function childrenOf(pid: number): number[] {
  return parents()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child)
}

/** Of every process its id and its parent's. */
function parents(): [number, number][] {
  if (!existsSync('/proc/self/stat'))
    return execFileSync('ps', ['-Ao', 'pid=,ppid='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        return [[Number(name), statOf(Number(name)).parent]]
      } catch {
        // It ended while the others were read.
        return []
      }
    })
}

/** Throws when there is no such process. */
function statOf(pid: number): { parent: number; started: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name before the last parenthesis may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z') throw new Error(`process ${pid} has ended`)
  return { parent: Number(fields[1]), started: fields[19]! }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}
