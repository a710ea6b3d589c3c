import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncDirectory } from '@freehold/recorder'

/** The bytes of a file; undefined where there is none. */
export async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/**
 * Writes a file that is not there, whole or not at all, and resolves when it is on the disk: to false where it was there already,
 * and then that one is on the disk.
 */
export async function createFile(path: string, content: string): Promise<boolean> {
  const made = join(dirname(path), `.${randomBytes(8).toString('hex')}`)
  const handle = await open(made, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    // One of many who do this at once gets the name, and nobody sees half of what is in it.
    await link(made, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    await rm(made, { force: true })
    await syncDirectory(dirname(path))
  }
}

/** Overwrites a file and takes its name away, each on the disk before the next. One that is gone is gone. */
export async function destroyFile(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+')
    try {
      const { size } = await handle.stat()
      await handle.write(randomBytes(size), 0, size, 0)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await unlink(path)
  } catch (error) {
    if (!isGone(error)) throw error
  }
  await syncDirectory(dirname(path))
}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
