import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@freehold/sql'
import { versionOf } from '../machine.js'
import { type Engine, POOL } from './engine.js'
import { HandWrittenSql } from './sql.js'
import { openSqlite } from './sqlite.js'

export async function sqliteEngine(): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), 'freehold-bench-'))
  const probe = await openSqlite(':memory:')
  const [row] = await probe.read((connection) => connection.all('select sqlite_version() as version'))
  await probe.close()
  return {
    name: 'sqlite',
    version: String(row!.version),
    how: 'in this process; writers take turns, because a file has one',
    driver: `sqlite3 ${versionOf('sqlite3')}`,
    settings: { journal_mode: 'WAL', synchronous: 'FULL' },
    async place(name) {
      const file = join(directory, `${name}.db`)
      const url = `sqlite:${file}`
      const freehold = await connect({ url, schema: 'migrate', pool: POOL })
      const driver = await openSqlite(file)
      return {
        url,
        freehold,
        raw: new HandWrittenSql(driver),
        async remove() {
          await freehold.close()
          await driver.close()
          for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
        },
      }
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}
