import type { Place } from './spool/spool.js'

/** A record on its way to the database. */
export interface Held<T> {
  item: T
  /** Counted by the recorder, also of what another process recorded: whoever waits for the database waits for that too. */
  readonly number: number
  /** When it was recorded, in milliseconds since 1970. */
  readonly at: number
  /** Where it is on the disk, if it is. */
  place?: Place
  /** It is in the queue, or was. */
  isQueued: boolean
  /** It was written, rejected or refused. */
  hasLeft: boolean
}

const [NUMBER, TIME, SIZE] = [0, 6, 12]

/** What is kept of a record on the disk: its number, when it was recorded, and the bytes of its codec. */
export function packed({ number, at }: Held<unknown>, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(SIZE)
  head.writeUIntBE(number, NUMBER, 6)
  head.writeUIntBE(at, TIME, 6)
  return Buffer.concat([head, bytes])
}

/** @throws where there is less than that */
export function unpacked(bytes: Buffer): { number: number; at: number; rest: Buffer } {
  return { number: bytes.readUIntBE(NUMBER, 6), at: bytes.readUIntBE(TIME, 6), rest: bytes.subarray(SIZE) }
}
