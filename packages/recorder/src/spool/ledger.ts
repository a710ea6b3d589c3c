import { constants } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const NAME = 'acknowledged'
/** The number, and the CRC-32 of its bytes. */
const [NUMBER_BYTES, SIZE] = [6, 10]

/**
 * The file that says up to which record a log is acknowledged. It is not fsynced: when it is lost, or old, more is written
 * again, which changes nothing.
 */
export class Ledger {
  readonly #path: string
  #handle: FileHandle | undefined

  constructor(directory: string) {
    this.#path = join(directory, NAME)
  }

  /** Number of the first record that is not acknowledged; 0 where nobody knows. */
  async read(): Promise<number> {
    const bytes = await readFile(this.#path).catch(() => Buffer.alloc(0))
    if (bytes.length < SIZE) return 0
    const number = bytes.subarray(0, NUMBER_BYTES)
    return crc32(number) === bytes.readUInt32BE(NUMBER_BYTES) ? number.readUIntBE(0, NUMBER_BYTES) : 0
  }

  async write(number: number): Promise<void> {
    this.#handle ??= await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600)
    const bytes = Buffer.alloc(SIZE)
    bytes.writeUIntBE(number, 0, NUMBER_BYTES)
    bytes.writeUInt32BE(crc32(bytes.subarray(0, NUMBER_BYTES)), NUMBER_BYTES)
    await this.#handle.write(bytes, 0, SIZE, 0)
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }
}
