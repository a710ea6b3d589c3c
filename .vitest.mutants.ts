import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { LEFT_OUT } from './.vitest.fast.js'

/** Packages whose sources are changed: tests import these instead of what was built from them. */
const SOURCES = {
  '@freehold/contract': 'contract',
  '@freehold/sql': 'sql',
  freehold: 'freehold',
  '@freehold/otel': 'otel',
}
/** Tests of files, of other processes and of the suite itself: a changed source cannot show in them. */
const BLIND = ['layout', 'engines', 'handles', 'demo', 'suite', 'laws', 'every-method']
/** Cases that take long, and show in seconds what others show in milliseconds; or that other processes run. */
const LONG = [
  'process',
  'processes',
  'killed',
  '[25]0,000 spans',
  '10,000 spans',
  'thousands of traces',
  'endless text',
  '300,000 numbered attributes',
  '3000 calls at once',
  'does not answer',
]

/** The package whose tests run, with `MUTANTS=<package>`; else all of them. */
const { MUTANTS: only = '{contract,conformance,sql,freehold,otel}' } = process.env

/** What a rule's own test notices in milliseconds does not wait for the suite. */
class SuiteLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => Number(/\/(sqlite|reference)\.test\.ts$/.test(moduleId))
    return files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1))
  }
}

export default defineConfig({
  resolve: {
    alias: Object.entries(SOURCES).map(([name, folder]) => ({
      find: new RegExp(`^${name}$`),
      replacement: fileURLToPath(new URL(`packages/${folder}/src/index.ts`, import.meta.url)),
    })),
  },
  test: {
    sequence: { sequencer: SuiteLast },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: [`packages/${only}/test/**/*.test.ts`],
    exclude: [...LEFT_OUT, ...[...BLIND, 'many-spans'].map((each) => `**/${each}.test.ts`)],
    testNamePattern: new RegExp(`^(?!.*\\b(${LONG.join('|')})\\b)`),
    server: { deps: { inline: [/conformance\/dist/] } },
  },
})
