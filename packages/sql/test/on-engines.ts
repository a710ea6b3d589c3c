import type { Storage } from '@freehold/contract'
import { describe, test } from 'vitest'
import { type Database, ENGINES, type Engine } from './engines.js'

/** What a test is given: a new database, and a store that is open on it. What is not asked for is not made. */
interface Given {
  database: Database
  storage: Storage
}

const given = (engine: Engine) =>
  test.extend<Given>({
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs.
    database: async ({}, use) => {
      const database = await engine.open()
      try {
        await use(database)
      } finally {
        await database.remove()
      }
    },
    storage: async ({ database }, use) => {
      const storage = await database.connect()
      try {
        await use(storage)
      } finally {
        await storage.close()
      }
    },
  })

/** Registers tests on every engine; those on an engine that is not there are skipped, and that is printed. */
export function describeEngines(
  tests: (it: ReturnType<typeof given>, engine: Engine) => void,
  engines: readonly Engine[] = ENGINES,
): void {
  for (const engine of engines) describeOn(engine, () => tests(given(engine), engine))
}

/** Registers what runs on one engine. */
export function describeOn(engine: Engine, register: () => void): void {
  const { name, missing } = engine
  const needed = process.env.REQUIRE_ALL_BACKENDS === '1'
  if (missing !== undefined) console.warn(`${name}: skipped, ${missing}`)
  if (missing !== undefined && needed)
    test(`${name} is there`, () => {
      throw new Error(`${missing}, and REQUIRE_ALL_BACKENDS is`)
    })
  describe.skipIf(missing !== undefined)(name, register)
}
