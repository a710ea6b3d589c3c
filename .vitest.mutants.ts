import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification, type Vitest } from 'vitest/node'
import { LEFT_OUT } from './.vitest.fast.js'

/** Packages whose sources are changed: tests import these instead of what was built from them. */
const SOURCES = {
  '@freehold/contract': 'contract',
  '@freehold/sql': 'sql',
  freehold: 'freehold',
  '@freehold/recorder': 'recorder',
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
const { MUTANTS: only = '{contract,conformance,sql,freehold,recorder,otel}' } = process.env

/** How often each file of tests failed, by the source that was changed: most bugs of a source are told by the same few. */
const told = new Map<string, Map<string, number>>()
const changed = (vitest: Vitest) => vitest.config.related?.[0] ?? ''

/** What told the last bugs of a source is asked first, and the suite last: a rule's own test takes milliseconds. */
class LikelyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const counts = told.get(changed(this.ctx))
    const rank = ({ moduleId }: TestSpecification) =>
      counts?.get(moduleId) ?? -Number(/\/(sqlite|reference)\.test\.ts$/.test(moduleId))
    return files.toSorted((a, b) => rank(b) - rank(a) || (a.moduleId < b.moduleId ? -1 : 1))
  }
}

class Counting implements Reporter {
  private vitest!: Vitest
  onInit(vitest: Vitest): void {
    this.vitest = vitest
  }
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = told.get(changed(this.vitest)) ?? new Map<string, number>()
    for (const each of modules) if (!each.ok()) counts.set(each.moduleId, (counts.get(each.moduleId) ?? 0) + 1)
    told.set(changed(this.vitest), counts)
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
    sequence: { sequencer: LikelyFirst },
    reporters: ['default', new Counting()],
    // The longest takes three: a bug that makes one wait for ever is told by it, long before the tool would.
    testTimeout: 10_000,
    hookTimeout: 60_000,
    include: [`packages/${only}/test/**/*.test.ts`],
    exclude: [...LEFT_OUT, ...[...BLIND, 'many-spans'].map((each) => `**/${each}.test.ts`)],
    testNamePattern: new RegExp(`^(?!.*\\b(${LONG.join('|')})\\b)`),
    server: { deps: { inline: [/conformance\/dist/] } },
  },
})
