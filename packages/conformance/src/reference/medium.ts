import { existsSync, readFileSync, readlinkSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'

/** Where the reference store keeps its one value. */
export interface Medium<S> {
  /** Runs `work` alone on the state and keeps what it changed, or nothing if it throws. */
  transact<T>(work: (state: S) => T): Promise<T>
}

/** In this process. Every transaction works on a copy, so that one that throws changes nothing. */
export function memoryMedium<S extends object>(initial: () => S): Medium<S> {
  let state = initial()
  return {
    async transact(work) {
      const draft = draftOf(state)
      const result = structuredClone(work(draft.state))
      state = { ...state, ...draft.touched }
      return result
    },
  }
}

/** A copy of which each part is made when it is first asked for: a transaction touches one domain of four. */
function draftOf<S extends object>(original: S): { state: S; touched: Partial<S> } {
  const touched: Partial<S> = {}
  const parts = Object.keys(original).map((name): [string, PropertyDescriptor] => {
    const key = name as keyof S
    const get = () => {
      if (!(key in touched)) touched[key] = copyOf(original[key])
      return touched[key]
    }
    const set = (value: S[keyof S]) => {
      touched[key] = value
    }
    return [name, { enumerable: true, get, set }]
  })
  return { state: Object.defineProperties({}, Object.fromEntries(parts)) as S, touched }
}

/** As `structuredClone`, several times faster for what the state is made of. */
function copyOf<T>(value: T): T {
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, copyOf(one)])) as T
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one)])) as T
}

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
        unlinkSync(lock)
      }
    },
  }
}

/** The lock is a link that names its holder: made in one step, and of no worth once the holder is dead. */
function takeLock(lock: string): boolean {
  try {
    symlinkSync(String(process.pid), lock)
    return true
  } catch {
    removeDead(lock)
    return false
  }
}

function removeDead(lock: string): void {
  try {
    const holder = readlinkSync(lock)
    if (!isAlive(Number(holder))) renameSync(lock, `${lock}.of-${holder}`)
  } catch {
    // Released, or removed by another who waits.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
