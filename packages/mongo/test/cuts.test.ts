import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cut, CutDatabase } from './cut-database.js'
import { lawsHold } from './cut-laws.js'
import { CutPlace } from './cut-place.js'
import { range, SCENARIOS, type Scenario } from './cut-scenarios.js'
import { PREFIX, storesOn } from './cut-stores.js'
import { SERVER } from './server.js'

let place: CutPlace

beforeAll(async () => {
  if (SERVER !== undefined) place = await CutPlace.open()
})

afterAll(() => place?.close())

async function commandsOf(scenario: Scenario): Promise<number> {
  const counting = new CutDatabase(place.db, PREFIX, undefined)
  await scenario.act(storesOn(counting, await place.prepared(scenario)))
  return counting.commands
}

/** Delivers to a tenant whose writer is cut off at a command. */
async function cutShort(scenario: Scenario, command: number, side: 'before' | 'after'): Promise<string> {
  const tenant = await place.prepared(scenario)
  const cutting = new CutDatabase(place.db, PREFIX, { command, side })
  await scenario.act(storesOn(cutting, tenant)).then(
    () => undefined,
    (error: unknown) => assert.ok(error instanceof Cut, String(error)),
  )
  await place.endLeases()
  return tenant
}

describe.skipIf(SERVER === undefined)('a writer that is cut off at any command', () => {
  for (const scenario of SCENARIOS)
    describe(scenario.name, () => {
      test('and delivers again leaves what an uninterrupted one does, and readers see no broken law meanwhile', async () => {
        const undisturbed = await place.prepared(scenario)
        const result = await scenario.act(place.stores(undisturbed))
        const expected = await place.view(undisturbed)
        for (const command of range(await commandsOf(scenario), 1)) {
          const tenant = await cutShort(scenario, command, 'after')
          const where = `after command ${command}`
          await lawsHold(place.stores(tenant)).catch((error: Error) => assert.fail(`${where}: ${error.stack}`))
          const again = await scenario.act(place.stores(tenant))
          expect(await place.view(tenant), where).toEqual(expected)
          if (scenario.name.startsWith('removing') || scenario.name.startsWith('writing')) continue
          expect(Object.keys(again ?? {}).sort(), where).toEqual(Object.keys(result ?? {}).sort())
        }
      }, 120_000)

      test('while another writes, before it delivers again, breaks no law', async () => {
        // Of commands that are under way together, the others are done or not: here they are not.
        for (const command of range(await commandsOf(scenario), 1)) {
          const tenant = await cutShort(scenario, command, 'before')
          await scenario.other(place.stores(tenant))
          await lawsHold(place.stores(tenant))
          await scenario.act(place.stores(tenant))
          await lawsHold(place.stores(tenant)).catch((error: Error) => assert.fail(`before ${command}: ${error.stack}`))
        }
      }, 120_000)
    })
})
