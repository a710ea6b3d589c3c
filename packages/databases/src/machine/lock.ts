import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    removeStale(lock, me)
    return false
  } finally {
    rmSync(mine, { force: true })
  }
}

/**
 * Removes the lock of a holder that died. There is a lock for removing just that one, so whoever has it and still finds the
 * dead holder's lock can remove no other: nobody takes a lock before the one that is there is gone.
 */
function removeStale(lock: string, me: string): void {
  const holder = holderOf(lock)
  if (holder === undefined || isAlive(holder)) return
  const removing = `${lock}.${holder.split(' ').at(-1)}.stale`
  if (!taken(removing, me)) return
  if (holderOf(lock) === holder) rmSync(lock, { force: true })
  rmSync(removing, { force: true })
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
