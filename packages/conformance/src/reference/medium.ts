import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'

/** Where the reference store keeps its one value. */
export interface Medium<S> {
  /** Runs `work` alone on the state and keeps what it changed, or nothing if it throws. */
  transact<T>(work: (state: S) => T): Promise<T>
}

/** In this process. Every transaction works on a copy, so that one that throws changes nothing. */
export function memoryMedium<S>(initial: () => S): Medium<S> {
  let state = initial()
  return {
    async transact(work) {
      const copy = structuredClone(state)
      const result = work(copy)
      state = copy
      return structuredClone(result)
    },
  }
}

/** A lock older than this belongs to a process that died. */
const STALE_LOCK = 10_000

/** In a file, under a lock that other processes honour; slow, and enough to prove the cases over several processes. */
export function fileMedium<S>(dir: string, initial: () => S): Medium<S> {
  const file = join(dir, 'state')
  const lock = join(dir, 'lock')
  return {
    async transact(work) {
      while (!takeLock(lock)) await sleep(1 + Math.random() * 4)
      try {
        const state: S = existsSync(file) ? deserialize(readFileSync(file)) : initial()
        const result = work(state)
        writeFileSync(`${file}.new`, serialize(state))
        renameSync(`${file}.new`, file)
        return structuredClone(result)
      } finally {
        rmdirSync(lock)
      }
    },
  }
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    return takeOver(lock)
  }
}

function takeOver(lock: string): boolean {
  try {
    const age = Date.now() - statSync(lock).mtimeMs
    if (age < STALE_LOCK) return false
    const now = new Date()
    utimesSync(lock, now, now)
    return true
  } catch {
    return false
  }
}
