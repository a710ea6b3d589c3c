import { open } from 'node:fs/promises'

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
