import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // The suite opens real files and forks real processes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: readdirSync('packages').map((name) => ({ extends: true, test: { name, root: `packages/${name}` } })),
  },
})
