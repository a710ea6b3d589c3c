import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@freehold/sql'
import { versionOf } from '../machine.js'
import { openBetterSqlite } from './better-sqlite.js'
import { type Engine, POOL } from './engine.js'
import { HandWrittenSql } from './sql.js'
import { openSqlite } from './sqlite.js'

const DRIVERS = {
  sqlite: { package: 'sqlite3', open: openSqlite },
  'better-sqlite': { package: 'better-sqlite3', open: openBetterSqlite },
}

export async function sqliteEngine(name: keyof typeof DRIVERS): Promise<Engine> {
  const { package: driver, open } = DRIVERS[name]
  const directory = await mkdtemp(join(tmpdir(), 'freehold-bench-'))
  const probe = await open(':memory:')
  const [row] = await probe.read((connection) => connection.all('select sqlite_version() as version'))
  await probe.close()
  return {
    name,
    version: String(row!.version),
    how: 'in this process; writers take turns, because a file has one',
    driver: `${driver} ${versionOf(driver)}`,
    settings: { journal_mode: 'WAL', synchronous: 'FULL' },
    async place(place) {
      const file = join(directory, `${place}.db`)
      const url = `${driver}:${file}`
      const freehold = await connect({ url, schema: 'migrate', pool: POOL })
      const raw = await open(file)
      return {
        url,
        freehold,
        raw: new HandWrittenSql(raw),
        async remove() {
          await freehold.close()
          await raw.close()
          for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
        },
      }
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}
