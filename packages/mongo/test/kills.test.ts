import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lawsHold } from './cut-laws.js'
import { CutPlace } from './cut-place.js'
import { SCENARIOS, type Scenario } from './cut-scenarios.js'
import type { KillJob } from './kill-process.js'
import { SERVER } from './server.js'

const PROCESS = fileURLToPath(new URL('./kill-process.ts', import.meta.url))
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

let place: CutPlace

beforeAll(async () => {
  if (SERVER !== undefined) place = await CutPlace.open()
})

afterAll(() => place?.close())

/** Whether the process died at its command; false when it came to the end of its work before that. */
async function diedAt(job: KillJob): Promise<boolean> {
  const child = fork(PROCESS, [JSON.stringify(job)], {
    execArgv: ['--import', LOADER],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  assert.ok(code === 0 || signal === 'SIGKILL', `the process ended with ${code ?? signal}: ${stderr}`)
  return signal === 'SIGKILL'
}

/** Kills writers at their 1st, 2nd, 3rd … command, until one lives to its end, and resolves to how many died. */
async function killEach(scenario: Scenario, expected: unknown): Promise<number> {
  for (let command = 1; ; command++) {
    const tenant = await place.prepared(scenario)
    if (!(await diedAt({ database: place.name, scenario: scenario.name, tenant, command }))) return command - 1
    await place.endLeases()
    const where = `before command ${command}`
    await lawsHold(place.stores(tenant)).catch((error: Error) => assert.fail(`${where}: ${error.stack}`))
    await scenario.act(place.stores(tenant))
    expect(await place.view(tenant), where).toEqual(expected)
  }
}

describe.skipIf(SERVER === undefined)('a process killed between any two commands of a write', () => {
  for (const scenario of SCENARIOS)
    test(`${scenario.name}: another delivers again, and it is as if nobody had died`, async () => {
      const undisturbed = await place.prepared(scenario)
      await scenario.act(place.stores(undisturbed))
      expect(await killEach(scenario, await place.view(undisturbed))).toBeGreaterThan(0)
    }, 120_000)
})
