import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kept, run } from '@freehold/databases'

const MANIFEST = fileURLToPath(new URL('../../peers/package.json', import.meta.url))

/** Where the peers are, and the Node.js that every subject runs on. */
export interface Installed {
  folder: string
  node: string
}

interface Manifest {
  config: { node: string }
  dependencies: Record<string, string>
}

/**
 * Installs what `peers/package.json` pins into a folder of the cache, once for each state of that file. The peers need a
 * newer Node.js than Freehold does, so npm brings one first: what is compiled on the way is compiled for it.
 */
export async function installPeers(say: (what: string) => void): Promise<Installed> {
  const text = await readFile(MANIFEST, 'utf8')
  const manifest = JSON.parse(text) as Manifest
  const key = createHash('sha256').update(`${text}${process.platform}${process.arch}`).digest('hex').slice(0, 16)
  const folder = await kept(`peers-${key}`, async (draft) => {
    const { node } = manifest.config
    say(`installing Node.js ${node} and ${Object.keys(manifest.dependencies).length} packages of the peers`)
    const runtime = join(draft, 'runtime')
    await mkdir(runtime)
    await npm(['install', '--prefix', runtime, `node@${node}`])
    await copyFile(MANIFEST, join(draft, 'package.json'))
    const env = { PATH: `${binaryFolder(draft)}${delimiter}${process.env.PATH ?? ''}`, ...headersOf(draft) }
    await npm(['install', '--prefix', draft], env)
  })
  return { folder, node: join(binaryFolder(folder), process.platform === 'win32' ? 'node.exe' : 'node') }
}

/** The version of Node.js that came with them. */
export async function nodeOf({ folder }: Installed): Promise<string> {
  return ((await manifestIn(folder)) as Manifest).config.node
}

/** The version of a package that came with them, as another of them finds it. */
export async function versionFor({ folder }: Installed, user: string, name: string): Promise<string> {
  const packages = join(folder, 'node_modules')
  const own = join(packages, user, 'node_modules', name)
  const { version } = (await manifestIn(existsSync(own) ? own : join(packages, name))) as { version: string }
  return version
}

async function manifestIn(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
}

async function npm(args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel', 'error'], { env })
}

function binaryFolder(folder: string): string {
  return join(folder, 'runtime/node_modules/node/bin')
}

/** The headers that came with that Node.js: another folder that npm may know has those of another version. */
function headersOf(folder: string): Record<string, string> {
  const inner = join(folder, 'runtime/node_modules/node/node_modules')
  const found = readdirSync(inner).find((name) => existsSync(join(inner, name, 'include/node/node_api.h')))
  return found === undefined ? {} : { npm_config_nodedir: join(inner, found) }
}
