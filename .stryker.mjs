/** Settings of `npx pnpm@12 mutants`, which sets `MUTANTS` to the package whose sources are changed and whose tests run. */
const SOURCES = { contract: 'src/rules', freehold: 'src', otel: 'src', sql: 'src' }
export const PACKAGES = Object.keys(SOURCES)
const FOLDER = '.freehold/mutants'
export const reportOf = (name) => `${FOLDER}/${name}.json`
const name = process.env.MUTANTS ?? 'contract'

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // Of a mutant in what a module does when it is imported, the files are run that import it; of others, what comes by it.
  vitest: { configFile: '.vitest.mutants.ts', related: true },
  mutate: [`packages/${name}/${SOURCES[name]}/**/*.ts`],
  // It would rewrite the file with TypeScript's old programming interface, which TypeScript 7 has no more.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  // The first run is of every test, one after the other.
  dryRunTimeoutMinutes: 30,
  timeoutMS: 3_000,
  concurrency: 2,
  incremental: true,
  incrementalFile: `${FOLDER}/${name}.incremental.json`,
  tempDirName: `${FOLDER}/sandbox`,
  ignorePatterns: ['.freehold', 'docs'],
  reporters: ['json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: reportOf(name) },
  htmlReporter: { fileName: `${FOLDER}/${name}.html` },
  thresholds: { high: 95, low: 85, break: null },
}
