/**
 * Bugs planted in the sources, one at a time: which does a fast test notice? `npx pnpm@12 mutants` takes hours;
 * `MUTANTS=otel npx pnpm@12 mutants`, the sources of one package with its own tests, and `--mutate <file>`, take minutes.
 * What was told of unchanged code is kept from run to run.
 */
const SOURCES = { contract: 'src/rules', sql: 'src', freehold: 'src', otel: 'src' }
const { MUTANTS: only } = process.env
if (only !== undefined && !(only in SOURCES)) throw new Error(`MUTANTS is one of ${Object.keys(SOURCES).join(', ')}`)

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // Of a mutant in what a module does when it is imported, the files are run that import it; of others, what comes by it.
  vitest: { configFile: '.vitest.mutants.ts', related: true },
  mutate: Object.entries(SOURCES)
    .filter(([name]) => only === undefined || name === only)
    .map(([name, folder]) => `packages/${name}/${folder}/**/*.ts`),
  // It would rewrite the file with TypeScript's old programming interface, which TypeScript 7 has no more.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  // The first run is of every test, one after the other.
  dryRunTimeoutMinutes: 30,
  timeoutMS: 3_000,
  concurrency: 2,
  incremental: true,
  incrementalFile: `.freehold/mutants/${only ?? 'all'}.incremental.json`,
  tempDirName: '.freehold/mutants/sandbox',
  ignorePatterns: ['.freehold', 'docs'],
  reporters: ['json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: `.freehold/mutants/${only ?? 'all'}.json` },
  htmlReporter: { fileName: `.freehold/mutants/${only ?? 'all'}.html` },
  thresholds: { high: 95, low: 85, break: null },
}
