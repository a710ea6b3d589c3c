import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine as Server, urlOf } from '@freehold/databases/engines'
import { afterEach } from 'vitest'
import { openStorage, type Storage } from '../../src/index.js'
import { databaseUrl, newDatabase, removeDatabase } from './servers.js'

/** A storage on a new database. */
export interface Opened {
  storage: Storage
  url: string
}

const endings: (() => Promise<unknown>)[] = []

/** Does something after the test, before what it was told earlier. */
export function afterwards(end: () => Promise<unknown>): void {
  endings.push(end)
}

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function opened(url: string): Promise<Opened> {
  const storage = await openStorage({ databases: { main: { url, pool: 2 } }, migrate: true })
  afterwards(() => storage.close())
  return { storage, url }
}

export async function onSqlite(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-'))
  afterwards(() => rm(directory, { recursive: true }))
  return opened(`sqlite:${join(directory, 'agents.db')}`)
}

/** Every domain in a database of its own, on another engine each. */
export async function onFour(): Promise<{ storage: Storage }> {
  const [traces, sessions, approvals, audit] = [
    await onServer('mongodb'),
    await onServer('postgres'),
    await onServer('mysql'),
    await onSqlite(),
  ]
  const databases = { traces: traces.url, sessions: sessions.url, approvals: approvals.url, audit: audit.url }
  const routes = { traces: 'traces', sessions: 'sessions', approvals: 'approvals', audit: 'audit' } as const
  const storage = await openStorage({ databases, routes, migrate: true })
  afterwards(() => storage.close())
  return { storage }
}

export async function onServer(engine: Server): Promise<Opened> {
  const server = urlOf(engine)!
  const name = await newDatabase(engine, server)
  afterwards(() => removeDatabase(engine, server, name))
  return opened(databaseUrl(server, name))
}
