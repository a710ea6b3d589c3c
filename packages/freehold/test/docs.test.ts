import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { withDirectory } from './support/config-file.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const require = createRequire(import.meta.url)
const run = promisify(execFile)

/** A page runs where these are installed, as in a project that uses them. Each is linked from a package that has it. */
const INSTALLED: Record<string, string> = {
  freehold: 'packages/freehold',
  '@freehold/contract': 'packages/contract',
  '@freehold/conformance': 'packages/conformance',
  '@freehold/sql': 'packages/sql',
  '@freehold/mongo': 'packages/mongo',
  '@freehold/recorder': 'packages/recorder',
  '@freehold/otel': 'packages/otel',
  '@opentelemetry/api': 'packages/otel/node_modules/@opentelemetry/api',
  '@opentelemetry/context-async-hooks': 'packages/otel/node_modules/@opentelemetry/context-async-hooks',
  '@opentelemetry/sdk-trace-base': 'packages/otel/node_modules/@opentelemetry/sdk-trace-base',
  ...Object.fromEntries(
    [
      '@arizeai/openinference-instrumentation-langchain',
      '@arizeai/openinference-instrumentation-openai-agents',
      '@langchain/core',
      '@langchain/langgraph',
      '@openai/agents',
      '@opentelemetry/sdk-trace-node',
      'hyparquet-writer',
      'openai',
    ].map((name) => [name, `packages/freehold/node_modules/${name}`]),
  ),
  '@hono/node-server': 'packages/otel/node_modules/@hono/node-server',
  ai: 'packages/otel/node_modules/ai',
  hono: 'packages/otel/node_modules/hono',
  sqlite3: 'packages/sql/node_modules/sqlite3',
  valibot: 'packages/freehold/node_modules/valibot',
  zod: 'packages/otel/node_modules/zod',
  vitest: 'packages/freehold/node_modules/vitest',
  tsx: 'node_modules/tsx',
  '@types/node': 'node_modules/@types/node',
}

interface Block {
  language: string
  /** Set: the block is this file. */
  file?: string
  text: string
}

/** What npm shows of each package that is published. */
const READMES = ['contract', 'conformance', 'sql', 'mongo', 'recorder', 'freehold', 'otel'].map(
  (name) => `packages/${name}/README.md`,
)
const PAGES = ['README.md', ...READMES, ...pagesIn('docs')]

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return pagesIn(path)
    return path.endsWith('.md') ? [path] : []
  })
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

function blocksOf(page: string): Block[] {
  const fences = /^```(\w*)[ ]?(\S*)\n([\s\S]*?)^```$/gm
  return [...textOf(page).matchAll(fences)].map(([, language, file, text]) => ({
    language: language!,
    ...(file === '' ? {} : { file }),
    text: text!,
  }))
}

/** The files of a page: those its blocks name, and `page.ts`, which is the other TypeScript blocks in order. */
function filesOf(page: string): Record<string, string> {
  const blocks = blocksOf(page)
  // What a database is told has a name without an ending, by which a test with databases finds it.
  const named = blocks.filter(({ file }) => file?.includes('.')).map(({ file, text }) => [file!, text])
  const program = blocks.filter(({ language, file }) => language === 'ts' && file === undefined)
  const text = program.map((block) => block.text).join('\n')
  return { ...Object.fromEntries(named), ...(program.length === 0 ? {} : { 'page.ts': `${text}\nexport {}\n` }) }
}

/** Runs `act` in a new project that holds the files of a page. */
function inProject(page: string, act: (directory: string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    for (const [name, place] of Object.entries(INSTALLED)) {
      const link = join(directory, 'node_modules', name)
      await mkdir(dirname(link), { recursive: true })
      await symlink(join(ROOT, place), link)
    }
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    for (const [name, text] of Object.entries(filesOf(page))) await writeFile(join(directory, name), text)
    await act(directory)
  })
}

/** Resolves when the process ends well; rejects with what it printed. */
async function runNode(directory: string, args: string[]): Promise<string> {
  try {
    return (await run(process.execPath, args, { cwd: directory, env: ENVIRONMENT, timeout: 60_000 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${stdout}\n${stderr}`, { cause: error })
  }
}

/** A page must not find the databases of whoever runs the tests, nor that it is one. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('FREEHOLD_') && name !== 'NODE_ENV'),
)
const TSX = pathToFileURL(require.resolve('tsx')).href
const VITEST = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')
const TSC = join(ROOT, 'node_modules/.bin/tsc')
/** One case proves that the suite is there and that the store opens; the packages run the rest. */
const ONE_CASE = 'closing twice is closing once'

const STRICT = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowJs: true,
    types: ['node'],
  },
  include: ['*.ts'],
}

for (const page of PAGES.filter((each) => Object.keys(filesOf(each)).length > 0))
  describe(`the code of ${page}`, () => {
    const files = Object.keys(filesOf(page))

    it('has the right types', () =>
      inProject(page, async (directory) => {
        await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(STRICT))
        const { stdout } = await run(TSC, ['-p', directory]).catch((error: { stdout: string }) => error)
        expect(stdout).toBe('')
      }))

    if (files.includes('page.ts'))
      it('runs', () =>
        inProject(page, async (directory) => {
          await expect(runNode(directory, ['--import', TSX, 'page.ts'])).resolves.toBeDefined()
        }))

    for (const file of files.filter((each) => each.endsWith('.test.ts')))
      it(`passes as ${file}`, () =>
        inProject(page, async (directory) => {
          const args = [VITEST, 'run', file, '--root', directory, '-t', ONE_CASE, '--reporter', 'json']
          const report = JSON.parse(await runNode(directory, args)) as { numPassedTests: number }
          expect(report.numPassedTests).toBe(1)
        }))
  })

/** What of docs/tracing.md cannot be installed here, by its size or the Node.js it asks for. The page says so. */
const BY_HAND = ['ai-sdk-7.mjs', 'claude.mjs']

describe('the programs of docs/tracing.md', () => {
  const page = 'docs/tracing.md'

  it('run, and what they wrote is what the page shows', () =>
    inProject(page, async (directory) => {
      const [set, show, ...programs] = Object.keys(filesOf(page)).filter(
        (each) => each.endsWith('.mjs') && !BY_HAND.includes(each),
      )
      for (const file of programs.filter((each) => each !== 'receiver.mjs')) await runNode(directory, [file])
      const [, body] = /-d '([^']*)'/.exec(textOf(page))!
      await sendTo(directory, 'receiver.mjs', body!)
      const shown = (await runNode(directory, [show!])).split('\n')
      const promised = blocksOf(page).filter(({ language }) => language === 'text')
      expect([set, programs.length, promised.length]).toEqual(['tracing.mjs', 6, 5])
      expect(shown).toEqual(expect.arrayContaining(promised.map(({ text }) => text.trim())))
    }))
})

describe('the programs of docs/approvals.md', () => {
  const page = 'docs/approvals.md'
  const blocks = blocksOf(page)

  it.each([
    ['first.ts', 15],
    ['ai-sdk.ts', 40],
    ['openai-agents.ts', 40],
    ['langgraph.ts', 40],
  ])('%s has at most %i lines, and prints what the page shows', (file, lines) =>
    inProject(page, async (directory) => {
      const at = blocks.findIndex((block) => block.file === file)
      const { text } = blocks[at]!
      const shown = blocks[at + 1]!
      expect([shown.language, text.trimEnd().split('\n').length <= lines]).toEqual(['text', true])
      expect(await runNode(directory, ['--import', TSX, file])).toBe(shown.text)
    }),
  )
})

it('docs/telling.md prints what it shows', () =>
  inProject('docs/telling.md', async (directory) => {
    const shown = blocksOf('docs/telling.md').filter(({ language }) => language === 'text')
    expect(await runNode(directory, ['--import', TSX, 'page.ts'])).toBe(shown.map(({ text }) => text).join(''))
  }))

/** Starts a server that prints its address, sends spans there, and tells it to end. */
async function sendTo(directory: string, file: string, body: string): Promise<void> {
  const server = spawn(process.execPath, [file], { cwd: directory, env: { ...ENVIRONMENT, PORT: '0' } })
  const ended = once(server, 'exit')
  try {
    const [address] = (await Promise.race([once(server.stdout, 'data'), ended])) as [Buffer | number]
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${String(address).trim()}/v1/traces`, { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toEqual([200, {}])
  } finally {
    server.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
}

describe('the pages', () => {
  it('name only scripts that are there', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const commands = PAGES.flatMap((page) => blocksOf(page).filter(({ language }) => language === 'sh'))
    const named = commands.flatMap(({ text }) => [...text.matchAll(/\bpnpm(?:@12)? (?:run )?([\w:-]+)/g)])
    expect(named.map((match) => match[1]!).filter((name) => name !== 'install' && !(name in scripts))).toEqual([])
  })

  it('link only to files that are there', () => {
    const broken = PAGES.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)]
        .filter((match) => !existsSync(join(ROOT, dirname(page), match[1]!)))
        .map((match) => `${page}: ${match[1]}`),
    )
    expect(broken).toEqual([])
  })
})
