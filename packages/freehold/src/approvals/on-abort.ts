/** Whoever waits for a signal, by that signal: any number of them under one listener, since of an eleventh the process warns. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `aborted` when a signal that is not aborted yet is. @returns what ends that */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  const all = waiting.get(signal) ?? new Set()
  if (!waiting.has(signal)) {
    waiting.set(signal, all)
    signal.addEventListener('abort', () => tellAll(all), { once: true })
  }
  all.add(aborted)
  return () => void all.delete(aborted)
}

function tellAll(all: Set<() => void>): void {
  // Each leaves the list when it is told.
  for (const aborted of [...all]) aborted()
}
