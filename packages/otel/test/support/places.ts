import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from '@freehold/databases'
import type { Engine } from '@freehold/databases/engines'
import { databaseUrl, newDatabase } from '../../../freehold/test/support/servers.js'

const LOCKING = fileURLToPath(new URL('locking.mjs', import.meta.url))

/** A database of a test's own, which it can stop. */
export interface Place {
  url: string
  stop(): Promise<void>
  start(): Promise<void>
  dispose(): Promise<void>
}

export function startPlace(engine: Engine | 'sqlite'): Promise<Place> {
  return engine === 'sqlite' ? fileOf() : onServer(engine)
}

async function onServer(engine: Engine): Promise<Place> {
  const server = await startServer(engine)
  const url = databaseUrl(server.url, await newDatabase(engine, server.url))
  return { url, stop: () => server.stop(), start: () => server.start(), dispose: () => server.dispose() }
}

/** There is no server to stop, but another process may have the file for itself. */
async function fileOf(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-place-'))
  const file = join(directory, 'traces.db')
  let other: ChildProcess | undefined
  const start = async () => {
    if (other?.kill('SIGKILL')) await once(other, 'exit')
    other = undefined
  }
  return {
    url: `sqlite:${file}`,
    async stop() {
      other = spawn(process.execPath, [LOCKING, file], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(other.stdout!, 'data')
    },
    start,
    async dispose() {
      await start()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
