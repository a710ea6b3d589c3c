import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { kept } from './cache.js'
import { installed, run } from './commands.js'
import { say } from './say.js'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const UNUSED = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'usr/share/lintian']

/** What to unpack. `libraries` are folders beside the usual ones, `programs` what is to be run; both relative to the tree. */
export interface Tree {
  name: string
  title: string
  suite: string
  packages: readonly string[]
  libraries: readonly string[]
  programs: readonly string[]
  /** Does what the packages' own scripts would do, which never run. */
  finish?(root: string): void
}

/**
 * Debian packages and all they need, unpacked beside the system: nothing is installed or started, no root is needed, and
 * a newer suite than the system's works, since the programs run on the C library of the tree. Each program is a script
 * that starts the real one so. Resolves to the root of the tree.
 */
export async function unpacked(tree: Tree): Promise<string> {
  return kept(`trees/${tree.name}`, async (draft, final) => {
    const mirror = await mirrorOf()
    say(tree.title, `downloading packages of Debian ${tree.suite} …`)
    const apt = `${draft}/apt`
    const options = await privateApt(apt, `deb [signed-by=${KEYRING}] ${mirror} ${tree.suite} main`)
    await run('apt-get', [...options, 'update', '-qq'])
    await run('apt-get', [...options, 'install', '-y', '--download-only', '-qq', ...tree.packages])
    const archives = `${apt}/cache/archives`
    const files = readdirSync(archives).filter((file) => file.endsWith('.deb'))
    say(tree.title, `unpacking ${files.length} packages …`)
    for (const file of files) await run('dpkg', ['-x', join(archives, file), draft])
    await mergeUsr(draft)
    for (const folder of ['apt', ...UNUSED]) rmSync(join(draft, folder), { recursive: true, force: true })
    tree.finish?.(draft)
    for (const program of tree.programs) wrap(draft, final, program, tree.libraries)
    chmodSync(draft, 0o755)
  })
}

/** Packages of older suites name the short paths of what a system has below `usr`. */
async function mergeUsr(root: string): Promise<void> {
  for (const folder of ['bin', 'lib', 'lib64', 'sbin'].filter((name) => existsSync(join(root, name)))) {
    mkdirSync(join(root, 'usr', folder), { recursive: true })
    await run('cp', ['-a', `${join(root, folder)}/.`, join(root, 'usr', folder)])
    rmSync(join(root, folder), { recursive: true })
  }
}

/** The Debian mirror that this machine is configured with: other suites are on it as well. */
async function mirrorOf(): Promise<string> {
  if (process.platform !== 'linux' || !installed('apt-get') || !existsSync(KEYRING))
    throw new Error('its packages can be unpacked on Debian only')
  // What an update would fetch; the list of targets is empty before the first update.
  const fetched = await run('apt-get', ['update', '--print-uris'])
  const mirror = /'(\S+\/debian)\/+dists\//.exec(fetched)?.[1]
  if (mirror === undefined) throw new Error('apt of this machine has no Debian mirror in its sources; add one')
  return mirror
}

/** Options that keep apt from the system's own state. */
async function privateApt(folder: string, source: string): Promise<string[]> {
  for (const each of ['lists/partial', 'cache/archives/partial', 'etc', 'state'])
    mkdirSync(join(folder, each), { recursive: true })
  writeFileSync(join(folder, 'status'), '')
  writeFileSync(join(folder, 'etc/sources.list'), `${source}\n`)
  const settings = {
    'Dir::Etc::sourcelist': `${folder}/etc/sources.list`,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::State': `${folder}/state`,
    'Dir::State::lists': `${folder}/lists`,
    'Dir::State::status': `${folder}/status`,
    'Dir::Cache': `${folder}/cache`,
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'APT::Install-Recommends': 'false',
    'APT::Architecture': (await run('dpkg', ['--print-architecture'])).trim(),
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/** Puts a script in the place of the program, which moves aside: servers also start each other by their paths. */
function wrap(draft: string, final: string, program: string, libraries: readonly string[]): void {
  const triplet = readdirSync(join(draft, 'usr/lib')).find((name) => /-linux-gnu/.test(name))
  const loader =
    triplet && readdirSync(join(draft, 'usr/lib', triplet)).find((name) => /^ld-linux.*\.so\.\d+$/.test(name))
  if (loader === undefined) throw new Error('the unpacked packages have no C library')
  const path = [`usr/lib/${triplet}`, ...libraries.map((folder) => folder.replace('TRIPLET', triplet!))]
  const real = join(dirname(program), '.real', program.slice(dirname(program).length + 1))
  mkdirSync(join(draft, dirname(real)), { recursive: true })
  renameSync(join(draft, program), join(draft, real))
  const line = [
    `exec "${final}/usr/lib/${triplet}/${loader}"`,
    `--argv0 "${final}/${program}"`,
    `--library-path "${path.map((folder) => `${final}/${folder}`).join(':')}"`,
    `"${final}/${real}" "$@"`,
  ]
  writeFileSync(join(draft, program), `#!/bin/sh\n${line.join(' ')}\n`, { mode: 0o755 })
}
