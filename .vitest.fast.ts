import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// What needs no server: the units, the suite on SQLite and on the reference, and what runs on SQLite of the rest. A server
// that the environment names is not used, so that the answer is the same and as fast everywhere.
for (const name of ['POSTGRES_URL', 'POSTGRES15_URL', 'MYSQL_URL', 'MARIADB_URL', 'MONGODB_URL'])
  delete process.env[name]
delete process.env.REQUIRE_ALL_BACKENDS

/** What starts servers of its own, or is nothing without them. */
const OF_SERVERS = [
  'audit-approvals-outage',
  'appends',
  'evidence-engines',
  'faults*',
  'four-engines',
  'mariadb',
  'mysql',
  'opening-mysql',
  'opening-postgres',
  'partitions',
  'pgbouncer',
  'postgres',
  'postgres15',
  'rights',
  'schemas',
  'shape-rights',
  'silence',
  'tls',
  'users',
]
/** What takes more than some seconds, and is told by the gate. */
const SLOW = [
  'router',
  'model',
  'hooks-killed',
  'gate-races',
  'audit-approvals-killed',
  'nothing-lost-*',
  'races*',
  'explain*',
  'days',
  'defects',
  'docs',
  'packed',
  '*-fuzz',
  'erasing-processes',
]

export const LEFT_OUT = ['**/{node_modules,dist}/**', ...[...OF_SERVERS, ...SLOW].map((each) => `**/${each}.test.ts`)]

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Much of the suite waits: for processes, and for the disk.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: ['contract', 'conformance', 'sql', 'freehold', 'recorder', 'otel'].map((name) => ({
      extends: true,
      test: {
        name,
        root: `packages/${name}`,
        exclude: LEFT_OUT,
      },
    })),
  },
})
