import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installed, run } from '../machine/commands.js'
import { unpacked } from '../machine/packages.js'
import { postgresRecipe, versionOfPostgres } from './postgres.js'
import type { Recipe } from './recipe.js'

const DEBIAN = '/usr/lib/postgresql'
const DEBIAN_15 = 'usr/lib/postgresql/15/bin'

/** The oldest PostgreSQL that is installed; where there is none, Debian's PostgreSQL 15. */
export async function installedPostgres(): Promise<Recipe> {
  const bin = (await installedBin()) ?? (await unpackedBin())
  const version = await versionOfPostgres(bin.folder)
  return postgresRecipe({ how: bin.how, version, bin: bin.folder, timezone: 'Asia/Kolkata' })
}

async function installedBin(): Promise<{ folder: string; how: string } | undefined> {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(a) - Number(b)) : []
  const folders = versions.map((version) => join(DEBIAN, version, 'bin'))
  const config = installed('pg_config')
  if (config !== undefined) folders.push((await run(config, ['--bindir'])).trim())
  const found = installed('initdb', folders)
  if (found === undefined || !existsSync(join(dirname(found), 'postgres'))) return undefined
  return { folder: dirname(found), how: 'installed' }
}

async function unpackedBin(): Promise<{ folder: string; how: string }> {
  const root = await unpacked({
    name: 'postgresql-15',
    title: 'postgres15',
    suite: 'bookworm',
    packages: ['postgresql-15'],
    libraries: ['usr/lib/postgresql/15/lib'],
    programs: [`${DEBIAN_15}/postgres`, `${DEBIAN_15}/initdb`],
  })
  return { folder: join(root, DEBIAN_15), how: 'packages of Debian bookworm, unpacked' }
}
