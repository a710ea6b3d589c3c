import { randomBytes } from 'node:crypto'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from './directories.js'
import { isGone, onDisk } from './spool-error.js'

/** In milliseconds: how often a process shows that it lives, and for how long it may fail to until it is taken for dead. */
export interface Pace {
  beat: number
  stale: number
}

export const PACE: Pace = { beat: 1_000, stale: 10_000 }

/** Logs of a process from this number on come after all of its others. */
const LAST = 1_000_000_000

const LOG = /^([0-9a-f]{20})-(\d+)$/
const BEAT = /^([0-9a-f]{20})\.alive$/

/**
 * Says which process has which directory of a spool: `<token>-<n>` is of the process that touches `<token>.alive`. Tokens are
 * drawn at random, since containers give the same process ids again, behind the time, so that what is older is read first.
 *
 * A directory is taken over by being renamed, which one process can do, and has the new name of its holder from that moment on.
 * A process that only stood still is not asked: it looks after each write whether its directory is there.
 */
export class Holder {
  readonly #directory: string
  readonly #pace: Pace
  readonly #token = `${Date.now().toString(16).padStart(12, '0')}${randomBytes(4).toString('hex')}`
  readonly #timer: NodeJS.Timeout
  #count = 0

  private constructor(directory: string, pace: Pace, report: (error: Error) => void) {
    this.#directory = directory
    this.#pace = pace
    let isTold = false
    const beat = () =>
      this.#beat().then(
        () => {
          isTold = false
        },
        (error) => {
          if (!isTold) report(onDisk(error, directory))
          isTold = true
        },
      )
    this.#timer = setInterval(() => void beat(), pace.beat).unref()
  }

  /** Makes the directory if it is not there. @throws the disk's error */
  static async open(directory: string, pace: Pace, report: (error: Error) => void): Promise<Holder> {
    await makeDirectory(directory)
    const holder = new Holder(directory, pace, report)
    try {
      await holder.#beat()
    } catch (error) {
      clearInterval(holder.#timer)
      throw error
    }
    return holder
  }

  /** Like `open`, and done when it returns. That the directory is on the disk for certain nobody says. @throws the disk's error */
  static openNow(directory: string, pace: Pace, report: (error: Error) => void): Holder {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const holder = new Holder(directory, pace, report)
    try {
      holder.beatNow()
    } catch (error) {
      clearInterval(holder.#timer)
      throw error
    }
    return holder
  }

  /** A directory that would be this process's, and was not there before. */
  next(): string {
    return join(this.#directory, `${this.#token}-${this.#count++}`)
  }

  /** One that is read after those of `next`. */
  nextLast(): string {
    return join(this.#directory, `${this.#token}-${LAST + this.#count++}`)
  }

  /** Shows that this process lives, before it returns. @throws the disk's error */
  beatNow(): void {
    const now = Date.now() / 1_000
    writeFileSync(this.#pathOf(this.#token), '', { mode: 0o600 })
    utimesSync(this.#pathOf(this.#token), now, now)
  }

  /** Takes over what processes left that live no more, and tells where it is now. @throws the disk's error */
  async *takeOver(): AsyncGenerator<string> {
    const names = await readdir(this.#directory)
    const tokens = new Set(names.flatMap((name) => (LOG.exec(name) ?? BEAT.exec(name))?.[1] ?? []))
    tokens.delete(this.#token)
    const now = await this.#beat()
    let failure: unknown
    for (const token of [...tokens].sort()) {
      const last = await lastBeat(this.#pathOf(token))
      if (last !== undefined && now - last <= this.#pace.stale) continue
      try {
        for (const name of logsOf(token, names)) {
          const mine = this.next()
          if (await isRenamed(join(this.#directory, name), mine)) yield mine
        }
        await rm(this.#pathOf(token), { force: true })
      } catch (error) {
        // Somebody else's, perhaps; it must not keep us from the others.
        failure = error
      }
    }
    if (failure !== undefined) throw failure
  }

  /** From now on others may have what is left. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await rm(this.#pathOf(this.#token), { force: true }).catch(() => undefined)
  }

  #pathOf(token: string): string {
    return join(this.#directory, `${token}.alive`)
  }

  /** Resolves to when that was, by this machine's clock. */
  async #beat(): Promise<number> {
    const now = Date.now()
    const path = this.#pathOf(this.#token)
    try {
      await utimes(path, now / 1_000, now / 1_000)
    } catch (error) {
      if (!isGone(error)) throw error
      await writeFile(path, '', { mode: 0o600 })
    }
    return now
  }
}

function logsOf(token: string, names: readonly string[]): string[] {
  const numberOf = (name: string) => Number(LOG.exec(name)![2])
  return names.filter((name) => LOG.exec(name)?.[1] === token).sort((a, b) => numberOf(a) - numberOf(b))
}

async function lastBeat(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

async function isRenamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    // Another process was faster.
    if (isGone(error)) return false
    throw error
  }
}
