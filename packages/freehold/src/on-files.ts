import { open, rm } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Fields, StoreError } from '@freehold/contract'

/** Runs what reads or writes files. @throws StoreError for what the system refuses, or the signal's reason */
export async function onFiles<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted()
    return await work()
  } catch (error) {
    if (StoreError.is(error)) throw error
    // What was interrupted throws an error of its own.
    throw signal?.aborted ? signal.reason : ofFile(error)
  }
}

function ofFile(cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return cause
  if (code === 'EEXIST')
    return new StoreError('already_exists', 'a file is there already; give a path that is free', { cause })
  if (code === 'ENOENT') return new StoreError('not_found', 'there is no such file or folder; see the cause', { cause })
  return new StoreError('internal', `a file cannot be read or written (${code}); see the cause`, { cause })
}

/** A signal in options. */
export function signalIn(options: Fields): AbortSignal | undefined {
  const signal = options.raw('signal')
  if (signal === undefined || signal instanceof AbortSignal) return signal
  return options.wrong('signal', signal, 'give an AbortSignal')
}

/** Writes to a new file, which is there when all of it is, or to a stream, which it ends. What is not taken yet is not asked for. */
export async function writeTo(
  target: string | Writable,
  pieces: AsyncIterable<string | Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (typeof target === 'string') await toFile(target, Readable.from(pieces), signal)
  else await pipeline(Readable.from(pieces), target, { signal })
}

async function toFile(path: string, pieces: Readable, signal: AbortSignal | undefined): Promise<void> {
  // Opened before anything may fail: a stream that fails first still makes its file, when nobody removes it any more.
  const file = await open(path, 'wx')
  try {
    await pipeline(pieces, file.createWriteStream({ flush: true }), { signal })
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}
