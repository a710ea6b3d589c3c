/** Settings of `npx pnpm@12 mutants`, which sets `MUTANTS` to the package whose sources are changed and whose tests run. */
const SOURCES = {
  // The fields of records are a table that backends read: tests of a backend notice what is wrong in it.
  contract: ['packages/contract/src/rules/**/*.ts', '!packages/contract/src/rules/record-fields.ts'],
  freehold: ['packages/freehold/src/**/*.ts'],
  otel: ['packages/otel/src/**/*.ts'],
  recorder: ['packages/recorder/src/**/*.ts'],
  sql: [
    'packages/sql/src/**/*.ts',
    'packages/contract/src/rules/record-fields.ts',
    // Only a server runs what is in these, and the suite on every server tells.
    '!packages/sql/src/lease.ts',
    '!packages/sql/src/dialects/{days,knex-client,server}.ts',
    '!packages/sql/src/dialects/mysql{,-client,-connection,-days,-prepared,-views}.ts',
    '!packages/sql/src/dialects/postgres{,-client,-connection,-days,-names,-opening,-schema,-views}.ts',
  ],
}
export const PACKAGES = Object.keys(SOURCES)
const FOLDER = '.freehold/mutants'
export const reportOf = (name) => `${FOLDER}/${name}.json`
const name = process.env.MUTANTS ?? 'contract'

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // Of a mutant in what a module does when it is imported, the files are run that import it; of others, what comes by it.
  vitest: { configFile: '.vitest.mutants.ts', related: true },
  mutate: SOURCES[name],
  // It would rewrite the file with TypeScript's old programming interface, which TypeScript 7 has no more.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  // The first run is of every test, one after the other.
  dryRunTimeoutMinutes: 30,
  timeoutMS: 3_000,
  concurrency: 2,
  tempDirName: `${FOLDER}/sandbox`,
  ignorePatterns: ['.freehold'],
  reporters: ['json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: reportOf(name) },
  htmlReporter: { fileName: `${FOLDER}/${name}.html` },
  thresholds: { high: 95, low: 85, break: null },
}
