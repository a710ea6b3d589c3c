import { describe, expect, it } from 'vitest'
import { ENGINES, urlOf } from '../src/engines.js'
import { REPORTS } from '../src/named-server.js'

/** The run as a whole is what makes these servers: see vitest.workspace.ts. */
describe('a server that the run has started', () => {
  for (const engine of ENGINES)
    it.skipIf(urlOf(engine) === undefined)(`answers: ${engine}`, async () => {
      const { version } = await REPORTS[engine](urlOf(engine)!)
      expect(version).toMatch(/^(DocumentDB )?\d+\.\d+/)
    })
})
