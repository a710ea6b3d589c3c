/**
 * Bugs planted in the sources, one at a time: which does a fast test notice? `npx pnpm@12 mutants` takes hours, and with
 * `--mutate <file>` minutes; what was told of unchanged code is kept from run to run.
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: '.vitest.mutants.ts', related: false },
  mutate: ['packages/contract/src/rules/**/*.ts', 'packages/{sql,freehold,otel}/src/**/*.ts'],
  // It would rewrite the file with TypeScript's old programming interface, which TypeScript 7 has no more.
  tsconfigFile: 'none',
  coverageAnalysis: 'perTest',
  // The first run is of every test, one after the other.
  dryRunTimeoutMinutes: 30,
  concurrency: 2,
  incremental: true,
  incrementalFile: '.freehold/mutants/incremental.json',
  tempDirName: '.freehold/mutants/sandbox',
  ignorePatterns: ['.freehold', 'docs'],
  reporters: ['clear-text', 'progress-append-only', 'html'],
  htmlReporter: { fileName: '.freehold/mutants/mutants.html' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: null },
}
