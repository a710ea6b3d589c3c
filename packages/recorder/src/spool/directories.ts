import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Sees to it that the names in a directory are on the disk. Windows has no way to ask for that, and needs none. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a directory, for its owner alone, with those above it that are not there; they are on the disk when it resolves. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = (await mkdir(directory, { recursive: true, mode: 0o700 })) ?? directory
  // Also of one that is there: who made it may not have come so far.
  for (let made = directory; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
}
