import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Storage } from '@freehold/contract'
import { onTestFinished } from 'vitest'
import { openStorage } from '../../src/index.js'

const newKey = () => generateKeyPairSync('ed25519')

/** Of whoever vouches, and of somebody else. */
export const [OURS, THEIRS] = [newKey(), newKey()]
export const SIGN = { privateKey: OURS.privateKey, keyId: 'key-1' }

/** A store of its own, in memory. */
export async function openMemory(): Promise<Storage> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  return storage
}

/** A directory of its own, removed after the test. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-evidence-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Appends entries 1 to `count` to a stream: each third is of the approval `ap`, and each is a minute after the one before. */
export async function appendTo(storage: Storage, count: number, stream = 'main'): Promise<void> {
  const entries = Array.from({ length: count }, (_, i) => ({
    id: `${stream} ${i + 1}`,
    stream,
    time: Date.UTC(2026, 0, 1, 0, i + 1),
    actor: 'ann',
    action: 'refund',
    ...((i + 1) % 3 === 0 ? { approvalId: 'ap' } : {}),
  }))
  await storage.audit.append(entries)
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Runs a program by itself; resolves to its exit code and what it printed. */
export function runNode(...args: string[]): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    )
  })
}
