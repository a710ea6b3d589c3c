import type { Totals } from './counts.js'
import type { Held } from './held.js'
import type { Codec, SpoolOptions } from './options.js'
import type { WriteQueue } from './queue.js'
import type { Counting } from './warnings.js'

export interface SpoolingSettings<T> extends Required<SpoolOptions> {
  batch: number
  deadline: number
  durable: boolean
  /** Most records in the queue that are given to it without need; from then on what comes goes to the disk. */
  window: number
  codec: Codec<T>
  weightOf: (item: T) => number
  named: Counting
  quietly: <V>(work: () => V) => V
}

/** What is around the disk. */
export interface Surroundings<T> {
  queue: Pick<WriteQueue<Held<T>>, 'add' | 'hurry' | 'items' | 'size' | 'failures'>
  totals: Totals
  /** The next number, for what another process recorded. */
  adopt(): number
  /** Whether somebody waits for the database. */
  isAwaited(): boolean
  /** There may be more room in memory. */
  moved(): void
  /** Records that are not in memory, where those of these numbers are, will not come from the disk. */
  forget(isHere: ReadonlySet<number>, cause: Error): void
  report(error: Error): void
}
