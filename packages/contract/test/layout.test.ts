import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DOMAINS } from '../src/domain.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const TOP_LEVEL = [
  'LICENSE',
  'README.md',
  'docs',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.json',
  'vitest.workspace.ts',
]
const PACKAGE_LEVEL = [
  'README.md',
  'compose.yaml',
  'demo',
  'package.json',
  'peers',
  'src',
  'test',
  'tsconfig.json',
  'tsconfig.test.json',
]
/** Made by a tool and ignored by git. */
const MADE = ['dist', 'node_modules', 'tsconfig.tsbuildinfo', 'tsconfig.test.tsbuildinfo']

/** Where each domain is a file, or a folder of numbered files. One that does not exist yet is not looked at. */
const DOMAIN_PLACES = [
  'contract/src',
  'conformance/src/cases',
  'sql/src',
  'sql/src/rows',
  'sql/src/migrations',
  'mongo/src',
  'mongo/src/documents',
  'mongo/src/migrations',
  'console/src',
]

/** What of mongo/src takes the place of the transactions and the pool that sql has. */
const FOR_TRANSACTIONS = ['announcements', 'chain', 'chain-documents', 'claims', 'live-client', 'run-batches']
/**
 * What sql has for its transactions and partitions, tables of what a document has in an array, and tells engines that plan a list
 * without knowing what is rare.
 */
const FOR_SQL = [
  ...['behind-heads', 'labelled', 'other-owners', 'purge-days', 'save-summaries', 'search'],
  ...['session-labels', 'trace-labels'],
]
/** What sql has for each engine in its dialects. */
const FOR_DIALECTS = ['failures', 'server', 'tls', 'unreachable', 'url', 'url-options']

/** What the sources of each package may import of the others. Packages that only serve tests are free. */
const ARROWS: Record<string, readonly string[]> = {
  contract: [],
  conformance: ['@freehold/contract'],
  sql: ['@freehold/contract'],
  mongo: ['@freehold/contract'],
  recorder: ['@freehold/contract'],
  freehold: ['@freehold/contract', '@freehold/recorder'],
  otel: ['@freehold/contract', '@freehold/recorder', 'freehold'],
  cli: ['@freehold/contract', '@freehold/conformance', 'freehold'],
  console: ['@freehold/contract', 'freehold'],
}

const VENDORS = /postgres|mysql|mariadb|sqlite|mongodb/i
/** Code that may know which engine it speaks to. */
const VENDOR_PLACES = [
  /^packages\/\w+\/(test|demo)\//,
  /^packages\/sql\/src\/dialects\//,
  /^packages\/mongo\//,
  /^packages\/freehold\/src\/backends\.ts$/,
  /^packages\/(databases|bench)\//,
]

const LONGEST = 250

const packages = readdirSync(join(ROOT, 'packages')).filter((name) => existsSync(join(ROOT, 'packages', name, 'src')))
const sources = packages.flatMap((name) => ['src', 'demo'].flatMap((folder) => filesIn(`packages/${name}/${folder}`)))

/** Paths of TypeScript files below a folder, relative to the root. */
function filesIn(folder: string): string[] {
  const path = join(ROOT, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((file) => /\.tsx?$/.test(file))
    .sort()
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** The text without its comments, which may name what they like. */
function codeOf(file: string): string {
  return textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}

function importsOf(file: string): string[] {
  const statements = /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g
  return [...codeOf(file).matchAll(statements)].map((match) => match[1]!)
}

/** Names of files and folders without dots and endings. */
function namesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).map((name) => name.replace(/\.tsx?$/, ''))
}

function entriesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((name) => !name.startsWith('.') && !MADE.includes(name))
}

function workspaceNameOf(imported: string): string | undefined {
  return /^(@freehold\/[^/]+|freehold)(?=\/|$)/.exec(imported)?.[1]
}

describe('the layout', () => {
  it('has at its top level what is listed and nothing else', () => {
    expect(entriesOf('.').sort()).toEqual(TOP_LEVEL)
  })

  for (const name of packages)
    it(`has in packages/${name} only known files and folders`, () => {
      expect(entriesOf(`packages/${name}`).filter((entry) => !PACKAGE_LEVEL.includes(entry))).toEqual([])
    })

  for (const place of DOMAIN_PLACES.filter((place) => existsSync(join(ROOT, 'packages', place))))
    it(`has every domain by its name in packages/${place}`, () => {
      const names = namesIn(`packages/${place}`)
      expect(DOMAINS.filter((domain) => !names.includes(domain))).toEqual([])
    })

  for (const mongo of packages.filter((name) => name === 'mongo')) {
    it('has the same names in sql and mongo, but for dialects and what takes the place of transactions and of a pool', () => {
      const sameWord = (name: string) => (name === 'documents' ? 'rows' : name)
      const sql = namesIn('packages/sql/src').filter((name) => name !== 'dialects' && !FOR_SQL.includes(name))
      const expected = [...sql, ...FOR_TRANSACTIONS, ...FOR_DIALECTS].sort()
      expect(namesIn(`packages/${mongo}/src`).map(sameWord).sort()).toEqual(expected)
    })

    it('has the same migrations in sql and mongo', () => {
      const migrations = (name: string) => {
        const folder = `packages/${name}/src/migrations`
        return filesIn(folder).map((file) => relative(folder, file))
      }
      expect(migrations(mongo)).toEqual(migrations('sql'))
    })
  }

  it('numbers migrations within each domain from 0001', () => {
    const wrong = DOMAINS.flatMap((domain) => {
      const files = filesIn(`packages/sql/src/migrations/${domain}`)
      return files.filter((file, i) => !file.includes(`/${String(i + 1).padStart(4, '0')}_`))
    })
    expect(wrong).toEqual([])
  })
})

describe('imports', () => {
  for (const name of packages.filter((each) => each in ARROWS))
    it(`of packages/${name} follow the arrows`, () => {
      const wrong = filesIn(`packages/${name}/src`).flatMap((file) =>
        importsOf(file)
          .map(workspaceNameOf)
          .filter((imported) => imported !== undefined && !ARROWS[name]!.includes(imported))
          .map((imported) => `${file} imports ${imported}`),
      )
      expect(wrong).toEqual([])
    })

  it('never leave their package by a path', () => {
    const wrong = sources.flatMap((file) => {
      const home = join(ROOT, file.split('/').slice(0, 2).join('/'))
      return importsOf(file)
        .filter((imported) => imported.startsWith('.') && !join(ROOT, file, '..', imported).startsWith(`${home}/`))
        .map((imported) => `${file} imports ${imported}`)
    })
    expect(wrong).toEqual([])
  })
})

describe('a source file', () => {
  it('names a database vendor only where that is its job', () => {
    const free = sources.filter((file) => !VENDOR_PLACES.some((place) => place.test(file)))
    expect(free.filter((file) => VENDORS.test(codeOf(file)))).toEqual([])
  })

  it(`has at most ${LONGEST} lines`, () => {
    expect(sources.filter((file) => textOf(file).trimEnd().split('\n').length > LONGEST)).toEqual([])
  })

  it('called index.ts at the top of a package only exports', () => {
    const tops = packages.map((name) => `packages/${name}/src/index.ts`).filter((file) => existsSync(join(ROOT, file)))
    const statement = /export\s+(type\s+)?(\*|\{[^}]*\})\s*(from\s*'[^']+')?;?/g
    expect(tops.filter((file) => codeOf(file).replace(statement, '').trim() !== '')).toEqual([])
  })
})
