import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, urlOf } from '@freehold/databases/engines'
import { AVAILABLE, databaseUrl, newDatabase, removeDatabase } from './servers.js'

/** A database of a test's own. */
export interface Place {
  url: string
  remove(): Promise<void>
}

/** Every engine that there is, and SQLite in a file. */
export const PLACES: readonly [name: Engine | 'sqlite', open: () => Promise<Place>][] = [
  ['sqlite', fileOf],
  ...AVAILABLE.map((engine): [Engine, () => Promise<Place>] => [engine, () => onServer(engine)]),
]

async function fileOf(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-'))
  const remove = async () => rmSync(directory, { recursive: true, force: true })
  return { url: `sqlite:${join(directory, 'agents.db')}`, remove }
}

async function onServer(engine: Engine): Promise<Place> {
  const server = urlOf(engine)!
  const name = await newDatabase(engine, server)
  return { url: databaseUrl(server, name), remove: () => removeDatabase(engine, server, name) }
}
