import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*'],
    // The suite opens real files and forks real processes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
