import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// Proofs whose sizes are a matter of degree are run at a fifth of them here; `pnpm proofs` runs them whole.
process.env.PROOF_SHARE ??= '0.2'

/** The projects with tests on real databases. A run of others starts none. */
const ON_DATABASES = ['bench', 'databases', 'freehold', 'mongo', 'sql']
const databases = resolve('packages/databases/dist/vitest-setup.js')

export default defineConfig({
  test: {
    // The suite opens real files and forks real processes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests that wait for a database leave room for others.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: readdirSync('packages').map((name) => ({
      extends: true,
      test: { name, root: `packages/${name}`, globalSetup: ON_DATABASES.includes(name) ? [databases] : [] },
    })),
  },
})
