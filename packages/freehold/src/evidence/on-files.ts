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
