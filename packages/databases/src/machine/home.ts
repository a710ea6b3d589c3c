import { mkdirSync, statfsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Profile } from '../server.js'

const ENOUGH_MEMORY = 2 * 1024 ** 3

/**
 * The folder of everything that is kept between runs: `DATABASES_HOME`, by default in the user's cache. For root
 * it is where the unprivileged user that the servers run as can reach it.
 */
export function home(): string {
  const folder = process.env.DATABASES_HOME || defaultHome()
  mkdirSync(folder, { recursive: true })
  return folder
}

function defaultHome(): string {
  if (process.getuid?.() === 0) return '/var/tmp/freehold-databases'
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'freehold-databases')
}

/** Every folder that may hold the data of running servers. The first is on a disk. */
export function runFolders(): string[] {
  return [join(home(), 'runs'), ...(memoryFolder() === undefined ? [] : [memoryFolder()!])]
}

/** Where the data of a server goes. Data that need not outlive the machine stays in its memory while there is enough. */
export function runFolderFor(profile: Profile): string {
  const memory = memoryFolder()
  if (profile === 'durable' || memory === undefined) return runFolders()[0]!
  const { bavail, bsize } = statfsSync('/dev/shm')
  return bavail * bsize > ENOUGH_MEMORY ? memory : runFolders()[0]!
}

function memoryFolder(): string | undefined {
  if (process.platform !== 'linux') return undefined
  return `/dev/shm/freehold-databases-${process.getuid?.()}`
}
