import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { home } from './home.js'
import { identityOf } from './process-tree.js'

const PATIENCE = 200

/** Does the work while no other process on this machine does work of this name. A dead holder's lock is taken over. */
export async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = join(home(), 'locks', name)
  mkdirSync(dirname(lock), { recursive: true })
  const me = `${process.pid} ${identityOf(process.pid)} ${randomUUID()}`
  while (!taken(lock, me)) await sleep(PATIENCE)
  try {
    return await work()
  } finally {
    if (holderOf(lock) === me) rmSync(lock, { force: true })
  }
}

function taken(lock: string, me: string): boolean {
  // Written aside and then linked, so that nobody ever reads a lock without its holder.
  const mine = `${lock}.${randomUUID()}`
  writeFileSync(mine, me)
  try {
    linkSync(mine, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    removeStale(lock, mine)
    return false
  } finally {
    rmSync(mine, { force: true })
  }
}

function removeStale(lock: string, aside: string): void {
  const holder = holderOf(lock)
  if (holder === undefined || isAlive(holder)) return
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  // Another process may have removed the stale lock and taken its own in between; then it gets it back.
  if (holderOf(aside) !== holder) linkSync(aside, lock)
}

function holderOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8')
  } catch {
    return undefined
  }
}

function isAlive(holder: string): boolean {
  const [pid, identity] = holder.split(/ (.*) /)
  return identityOf(Number(pid)) === identity
}
