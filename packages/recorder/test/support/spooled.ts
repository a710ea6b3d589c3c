import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach } from 'vitest'
import type { Written } from '../../src/deliver.js'
import type { Codec, RejectingOptions } from '../../src/options.js'
import { Recorder } from '../../src/recorder.js'
import { away } from './queues.js'
import { newDirectory } from './spools.js'

export const NUMBERS: Codec<number> = {
  name: 'numbers',
  encode: async (items) => items.map((item) => (item < 0 ? undefined : { bytes: Buffer.from(String(item)), item })),
  decode: (bytes) => Number(bytes.toString()),
}

/** A database that keeps numbers, in the order in which they came first, and knows those it has. */
export class Database {
  readonly kept: number[] = []
  isAway = false
  /** How long a write takes, in milliseconds. */
  takes = 0

  readonly write = async (items: readonly number[]): Promise<Written<number>> => {
    if (this.takes > 0) await sleep(this.takes)
    if (this.isAway) throw away
    const rejected = items.filter((item) => item < 0)
    const news = items.filter((item) => item >= 0 && !this.kept.includes(item))
    this.kept.push(...news)
    return { rejected, repeated: items.length - news.length - rejected.length }
  }
}

const opened: Recorder<number, number>[] = []
afterEach(async () => {
  for (const recorder of opened.splice(0)) await recorder.close().catch(() => undefined)
})

/** A recorder with a spool in front of such a database, and what it reports. */
export function recording(
  options: RejectingOptions<number> & { directory?: string; database?: Database } = {},
  codec = NUMBERS,
) {
  const { directory = newDirectory(), database = new Database(), ...rest } = options
  const reported: string[] = []
  const onError = (error: Error) => void reported.push(error.message)
  const recorder = new Recorder<number, number>(
    database.write,
    { interval: 5, spool: { directory }, onError, ...rest },
    { codec },
  )
  opened.push(recorder)
  return { recorder, database, directory, reported }
}

export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index)
}
