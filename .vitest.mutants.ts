import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LEFT_OUT } from './.vitest.fast.js'

/** Packages whose sources are changed: tests import these instead of what was built from them. */
const SOURCES = {
  '@freehold/contract': 'contract',
  '@freehold/sql': 'sql',
  freehold: 'freehold',
  '@freehold/otel': 'otel',
}
/** Tests of files, of other processes and of the suite itself: a changed source cannot show in them. */
const BLIND = [
  'layout',
  'engines',
  'handles',
  'config-file',
  'demo',
  'reference',
  'suite',
  'laws',
  'every-method',
  'many-spans',
]

export default defineConfig({
  resolve: {
    alias: Object.entries(SOURCES).map(([name, folder]) => ({
      find: new RegExp(`^${name}$`),
      replacement: fileURLToPath(new URL(`packages/${folder}/src/index.ts`, import.meta.url)),
    })),
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ['packages/{contract,sql,freehold,otel}/test/**/*.test.ts'],
    exclude: [...LEFT_OUT, ...BLIND.map((each) => `**/${each}.test.ts`)],
    // Other processes run what was built, so these cases only take their time; so do trees of very many spans.
    testNamePattern: /^(?!.*\b(process|processes|killed|[25]0,000 spans)\b)/,
    server: { deps: { inline: [/conformance\/dist/] } },
  },
})
