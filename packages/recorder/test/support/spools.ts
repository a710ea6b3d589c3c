import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { Spool, type SpoolSettings } from '../../src/spool/spool.js'

/** A process that beats once, and whose directories nobody takes over while its file is there. */
export const STILL = { beat: 1_000_000, stale: 1_000_000 }

const directories: string[] = []
const opened: Spool[] = []

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** A directory that is there until the end of the test. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-spool-'))
  directories.push(directory)
  return directory
}

/** A spool that is closed at the end of the test, with what it reports. */
export async function open(directory: string, rest: Partial<SpoolSettings> = {}) {
  const reported: Error[] = []
  const report = (error: Error) => void reported.push(error)
  const spool = await Spool.open({ directory, limit: 1 << 24, report, pace: STILL, ...rest })
  opened.push(spool)
  await spool.takeOver()
  return Object.assign(spool, { reported })
}

export function bytesOf(...texts: string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text))
}

/** Everything that is to be read, and where it is. */
export async function readAll(spool: Spool, count = 100) {
  const found: Awaited<ReturnType<Spool['read']>>[number][] = []
  for (let read = await spool.read(count); read.length > 0; read = await spool.read(count)) found.push(...read)
  return { texts: found.map(({ bytes }) => bytes.toString()), places: found.map(({ place }) => place) }
}

/** The files of a spool, by their paths in it. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export function segmentsIn(directory: string): string[] {
  return filesIn(directory).filter((path) => path.endsWith('.segment'))
}

/** Leaves a log as a process that is gone left it: what is in each segment, by the number of its first record. */
export function leave(directory: string, segments: Readonly<Record<number, Uint8Array>>): void {
  const log = join(directory, '0123456789abcdef0123-0')
  mkdirSync(log)
  for (const [first, content] of Object.entries(segments))
    writeFileSync(join(log, `${first.padStart(16, '0')}.segment`), content)
}
