import { StoreError } from '@freehold/contract'
import { vi } from 'vitest'
import type { Written } from '../../src/deliver.js'
import type { RecorderOptions } from '../../src/options.js'
import { Recorder } from '../../src/recorder.js'
import { away } from './queues.js'

export const HOUR = 3_600_000

export const reset = new StoreError('unavailable', 'the connection was reset')

/** A database that resets the connection on what it cannot take, and keeps the rest. */
export class Database {
  readonly kept = new Set<number>()
  readonly sizes: number[] = []
  isAway = false
  isBad: (item: number) => boolean = () => false

  readonly write = async (items: readonly number[]): Promise<Written<unknown>> => {
    this.sizes.push(items.length)
    if (this.isAway) throw away
    if (items.some((item) => this.isBad(item))) throw reset
    for (const item of items) this.kept.add(item)
    return { rejected: [] }
  }
}

/** A queue that writes to such a database, and its listener. */
export function setUp(options: RecorderOptions = {}) {
  const database = new Database()
  const onError = vi.fn<(error: Error) => void>()
  return { database, onError, queue: new Recorder(database.write, { onError, ...options }) }
}
