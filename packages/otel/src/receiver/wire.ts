import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import type { Found } from '../otlp-found.js'
import { MOST_PARTS, TooManyParts } from './parts.js'

/** How the fields of a message are read, by their numbers. A field that is not among them is passed over, as protobuf has it. */
export type Message<T> = Readonly<Record<number, Field<T>>>

export interface Field<T> {
  type: WireType
  read: (into: T, wire: Wire) => void
}

type FieldOf = <T>(read: (into: T, wire: Wire) => void) => Field<T>

/** Texts, bytes and messages. */
export const delimited: FieldOf = (read) => ({ type: WireType.LengthDelimited, read })
export const varint: FieldOf = (read) => ({ type: WireType.Varint, read })
export const fixed64: FieldOf = (read) => ({ type: WireType.Bit64, read })
export const fixed32: FieldOf = (read) => ({ type: WireType.Bit32, read })

/**
 * Reads messages of protobuf (protobuf.dev/programming-guides/encoding) in one pass. Texts must be UTF-8, and 64 bits are
 * exact. What it throws says where the bytes are wrong, and holds none of them.
 */
export class Wire {
  readonly #reader: BinaryReader
  #parts = 0

  constructor(
    bytes: Uint8Array,
    readonly found: Found,
  ) {
    this.#reader = new BinaryReader(bytes)
  }

  /** The message that all the bytes are. */
  whole<T>(message: Message<T>, into: T): T {
    return this.#fields(message, into, this.#reader.len)
  }

  /** A message within another. One that comes twice adds to what it was. */
  message<T>(message: Message<T>, into: T): T {
    this.part()
    const length = this.#reader.uint32()
    return this.#fields(message, into, this.#reader.pos + length)
  }

  /** What `read` makes of the next item of a list, which lies at `path`. */
  item<T>(path: string, list: T[], read: () => T): void {
    const before = this.found.count
    const index = list.length
    try {
      list.push(read())
    } catch (error) {
      throw within(`${path}[${index}]`, error)
    }
    if (this.found.count > before) this.found.prefix(before, `${path}[${index}]`)
  }

  /** Counts what becomes an object, or an item of a list. */
  part(): this {
    if (++this.#parts > MOST_PARTS) throw new TooManyParts()
    return this
  }

  text(): string {
    try {
      return this.#reader.string(true)
    } catch (error) {
      throw error instanceof TypeError ? new Error('a text is not UTF-8') : error
    }
  }

  bytes(): Buffer {
    const { buffer, byteOffset, length } = this.#reader.bytes()
    return Buffer.from(buffer, byteOffset, length)
  }

  flag(): boolean {
    return this.#reader.bool()
  }

  count(): number {
    return this.#reader.uint32()
  }

  int64(): bigint {
    return BigInt(this.#reader.int64())
  }

  fixed64(): bigint {
    return BigInt(this.#reader.fixed64())
  }

  fixed32(): number {
    return this.#reader.fixed32()
  }

  double(): number {
    return this.#reader.double()
  }

  skip(): void {
    this.#reader.skip(WireType.LengthDelimited)
  }

  #fields<T>(message: Message<T>, into: T, end: number): T {
    const reader = this.#reader
    if (end > reader.len) throw new RangeError('ends too early')
    while (reader.pos < end) {
      const [number, type] = reader.tag()
      const field = message[number]
      if (field === undefined) reader.skip(type, number)
      else if (field.type !== type) throw new Error(`field ${number} has wire type ${type} in place of ${field.type}`)
      else field.read(into, this)
    }
    if (reader.pos > end) throw new RangeError('a field is longer than what it is part of')
    return into
  }
}

/** The same error, at a place. */
function within(place: string, error: unknown): Error {
  const told = error as Error
  told.message = `${place}${told.message.startsWith('.') ? '' : ': '}${told.message}`
  return told
}
