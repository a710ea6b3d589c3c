import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `act` on a directory that is new and removed after it. */
export async function withDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  try {
    return await act(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Runs `act` on a directory that holds one file. */
export function withConfigFile<T>(name: string, text: string, act: (directory: string) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    await writeFile(join(directory, name), text)
    return act(directory)
  })
}
