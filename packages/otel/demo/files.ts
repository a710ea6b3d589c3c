import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Removes a database and what SQLite keeps beside it: every demo starts from files of its own, and touches no others. */
export async function freshFiles(directory: string, ...names: string[]): Promise<void> {
  await mkdir(directory, { recursive: true })
  const files = names.flatMap((name) => ['', '-wal', '-shm'].map((suffix) => join(directory, name + suffix)))
  await Promise.all(files.map((file) => rm(file, { force: true })))
}
