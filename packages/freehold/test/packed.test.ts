import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifestOf, registryOf, run } from './support/registry.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PACKAGES = ['contract', 'conformance', 'sql', 'mongo', 'recorder', 'freehold', 'otel']
/** Package managers fetch what they need, and other tests use the machine too. */
const TIMEOUT = 300_000

/** The two commands of the README's head: what to install, and the program that writes and reads. */
const [, install, program] = /^```sh\n(.*?)\n```\n.*?^```js first\.mjs\n(.*?)^```/ms.exec(
  await readFile(join(ROOT, 'README.md'), 'utf8'),
)!

/** All packages, and the drivers and peers that the code below loads. */
const EVERYTHING =
  'freehold @freehold/contract @freehold/conformance @freehold/sql @freehold/mongo @freehold/recorder @freehold/otel sqlite3 mongodb @opentelemetry/sdk-trace-base @opentelemetry/api'

/** How each package manager adds packages. None runs scripts: only the SQLite driver has one, which compiles for minutes. */
const MANAGERS = {
  npm: { cli: ['npm'], add: ['install', '--ignore-scripts', '--no-audit', '--no-fund'] },
  pnpm: { cli: ['npx', '--yes', 'pnpm@12'], add: ['add', '--ignore-scripts'] },
  yarn: { cli: ['npx', '--yes', '-p', '@yarnpkg/cli-dist@4', 'yarn'], add: ['add'] },
}

const CONSUMER = {
  'esm.mts': `import { openStorage, StoreError, type Storage, type SpanInput } from 'freehold'
import { openStorage as again } from 'freehold'
import { connect } from '@freehold/sql'
import { connect as connectMongo } from '@freehold/mongo'
import { treeOf } from '@freehold/contract'
import { type Harness } from '@freehold/conformance'
import { runSuite } from '@freehold/conformance/suite'
import { openReference } from '@freehold/conformance/reference'
import { FreeholdSpanProcessor, importOtlp } from '@freehold/otel'
import { agentTracer } from '@freehold/otel/manual'
export const spans: SpanInput[] = []
export const harness = (storage: Storage): Harness => ({ name: 'mine', open: async () => storage })
const storage: Storage = await again('sqlite:esm.db', { migrate: true })
await storage.traces.write(spans)
await storage.close()
const all = [openStorage, connect, connectMongo, treeOf, openReference, runSuite, FreeholdSpanProcessor, importOtlp, agentTracer, StoreError]
if (all.some((one) => typeof one !== 'function')) throw new Error('something is missing')
`,
  'cjs.cts': `import freehold = require('freehold')
import sql = require('@freehold/sql')
import mongo = require('@freehold/mongo')
import contract = require('@freehold/contract')
import suite = require('@freehold/conformance/suite')
import reference = require('@freehold/conformance/reference')
import otel = require('@freehold/otel')
import manual = require('@freehold/otel/manual')
export const all = [freehold.openStorage, sql.connect, mongo.connect, contract.treeOf, suite.runSuite, reference.openReference, otel.importOtlp, manual.agentTracer]
if (all.some((one) => typeof one !== 'function')) throw new Error('something is missing')
`,
}

const STRICT = { target: 'es2023', strict: true, skipLibCheck: false, types: ['node'], outDir: 'out' }
/** How TypeScript finds packages: as Node.js does, and as bundlers do. The latter knows no `import = require`. */
const RESOLUTIONS = {
  nodenext: { compilerOptions: { ...STRICT, module: 'nodenext' }, files: ['esm.mts', 'cjs.cts'] },
  bundler: {
    compilerOptions: { ...STRICT, module: 'esnext', moduleResolution: 'bundler', noEmit: true },
    files: ['esm.mts'],
  },
}

const temporary = await mkdtemp(join(tmpdir(), 'freehold-packed-'))
const packed = join(temporary, 'packed')
let registry: { url: string; close(): void }

beforeAll(async () => {
  const filters = PACKAGES.flatMap((name) => ['--filter', `./packages/${name}`])
  await run('npx', ['--yes', 'pnpm@12', '-r', ...filters, 'pack', '--pack-destination', packed], { cwd: ROOT })
  registry = await registryOf(packed)
}, TIMEOUT)

afterAll(async () => {
  registry.close()
  await rm(temporary, { recursive: true, force: true })
})

/** The packed file of a package, unpacked. */
async function unpacked(name: string): Promise<{ folder: string; files: string[] }> {
  const manifests = await Promise.all((await readdir(packed)).map((file) => manifestOf(join(packed, file))))
  const wanted = name === 'freehold' ? name : `@freehold/${name}`
  const file = (await readdir(packed))[manifests.findIndex((manifest) => manifest.name === wanted)]!
  const folder = join(temporary, 'unpacked', name)
  await mkdir(folder, { recursive: true })
  await run('tar', ['-xzf', join(packed, file), '-C', folder, '--strip-components', '1'])
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return {
    folder,
    files: entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1)),
  }
}

describe.for(PACKAGES)('the packed file of %s', (name) => {
  it('has what it needs and nothing else', async () => {
    const { files } = await unpacked(name)
    expect(files.filter((file) => !/^(dist|src)\//.test(file)).sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
  })

  it('names real versions of the other packages', async () => {
    const { folder } = await unpacked(name)
    expect(await readFile(join(folder, 'package.json'), 'utf8')).not.toMatch(/workspace:|catalog:/)
  })

  it('has every source that its maps point to', async () => {
    const { folder, files } = await unpacked(name)
    const dead: string[] = []
    for (const map of files.filter((file) => file.endsWith('.map'))) {
      const { sources } = JSON.parse(await readFile(join(folder, map), 'utf8')) as { sources: string[] }
      dead.push(...sources.map((source) => join(dirname(map), source)).filter((source) => !files.includes(source)))
    }
    expect(dead, 'remove packages/*/dist and build anew').toEqual([])
  })
})

/** Runs a command in the project as a person would who has no workspace around. */
async function inProject(folder: string, [command, ...args]: string[]): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(npm_|pnpm_|FREEHOLD_|NODE_OPTIONS|CI$)/i.test(key),
  )
  const env = {
    ...Object.fromEntries(inherited),
    YARN_NPM_REGISTRY_SERVER: registry.url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_SCRIPTS: 'false',
    YARN_ENABLE_TELEMETRY: 'false',
    YARN_NODE_LINKER: 'node-modules',
  }
  try {
    return (await run(command!, args, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** An empty project in which a package manager added packages. The SQLite driver is the one that was compiled here. */
async function projectWith(manager: keyof typeof MANAGERS, packages: string): Promise<string> {
  const folder = await mkdtemp(join(temporary, `${manager}-`))
  await writeFile(join(folder, 'package.json'), '{ "name": "empty", "private": true }')
  await writeFile(join(folder, '.npmrc'), `registry=${registry.url}\n`)
  const { cli, add } = MANAGERS[manager]
  await inProject(folder, [...cli, ...add, ...packages.split(' ')])
  const driver = dirname(createRequire(import.meta.url).resolve('sqlite3/package.json'))
  await cp(join(driver, 'build'), join(folder, 'node_modules/sqlite3/build'), { recursive: true })
  return folder
}

it('the two commands of the README work in an empty project', { timeout: TIMEOUT }, async () => {
  const [, packages] = /^npm install (.*)$/.exec(install!)!
  const folder = await projectWith('npm', packages!)
  await writeFile(join(folder, 'first.mjs'), program!)
  expect(await inProject(folder, [process.execPath, 'first.mjs'])).toContain("userId: 'ada'")
})

it('the program of the README has eleven lines', () => {
  expect(program!.trimEnd().split('\n')).toHaveLength(11)
})

describe.for(Object.keys(MANAGERS) as (keyof typeof MANAGERS)[])('installed with %s', (manager) => {
  it('every package is found by TypeScript, by import and by require', { timeout: TIMEOUT }, async () => {
    const folder = await projectWith(manager, EVERYTHING)
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
    await symlink(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
    for (const [file, text] of Object.entries(CONSUMER)) await writeFile(join(folder, file), text)
    for (const [resolution, config] of Object.entries(RESOLUTIONS)) {
      await writeFile(join(folder, `${resolution}.json`), JSON.stringify(config))
      await inProject(folder, [join(ROOT, 'node_modules/.bin/tsc'), '-p', `${resolution}.json`])
    }
    await inProject(folder, [process.execPath, 'out/esm.mjs'])
    await inProject(folder, [process.execPath, 'out/cjs.cjs'])
  })
})
