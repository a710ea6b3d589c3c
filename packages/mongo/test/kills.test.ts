import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lawsHold } from './cut-laws.js'
import { CutPlace } from './cut-place.js'
import { SCENARIOS, type Scenario } from './cut-scenarios.js'
import type { KillJob } from './kill-process.js'
import { databaseUrl, SERVER } from './server.js'

const PROCESS = fileURLToPath(new URL('./kill-process.ts', import.meta.url))
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

interface Process {
  child: ChildProcess
  stderr: string
}

let place: CutPlace
/** The next to be killed. It starts while what the one before it left is looked at. */
let next: Process | undefined

beforeAll(async () => {
  if (SERVER !== undefined) place = await CutPlace.open()
})

afterAll(async () => {
  next?.child.kill()
  await place?.close()
})

function start(): Process {
  const child = fork(PROCESS, { execArgv: ['--import', LOADER], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const started: Process = { child, stderr: '' }
  child.stderr?.on('data', (chunk) => {
    started.stderr += chunk
  })
  return started
}

/** Whether the process died at its command; false when it came to the end of its work before that. */
async function diedAt(job: KillJob): Promise<boolean> {
  const own = next ?? start()
  own.child.send(job)
  const [code, signal] = (await once(own.child, 'close')) as [number | null, NodeJS.Signals | null]
  next = start()
  assert.ok(code === 0 || signal === 'SIGKILL', `the process ended with ${code ?? signal}: ${own.stderr}`)
  return signal === 'SIGKILL'
}

/** Kills writers at their 1st, 2nd, 3rd … command, until one lives to its end, and resolves to how many died. */
async function killEach(scenario: Scenario, expected: unknown): Promise<number> {
  const url = databaseUrl(place.name)
  for (let command = 1; ; command++) {
    const tenant = await place.prepared(scenario)
    if (!(await diedAt({ url, scenario: scenario.name, tenant, command }))) return command - 1
    await place.endLeases()
    const where = `before command ${command}`
    await lawsHold(place.stores(tenant)).catch((error: Error) => assert.fail(`${where}: ${error.stack}`))
    await scenario.act(place.stores(tenant))
    expect(await place.view(tenant), where).toEqual(expected)
  }
}

/** Of each kind of write the one that takes most commands: `cuts.test.ts` has all, in one process. */
const KILLED = [
  'writing spans that are known, new and changed',
  'removing a trace',
  'appending runs together',
  'removing a session',
  'deciding',
  'appending to streams that are there, what is there and what is not',
  'defining a shape',
]

describe.skipIf(SERVER === undefined)('a process killed between any two commands of a write', () => {
  test('is one of each kind', () => {
    expect(KILLED.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))).toEqual([])
  })

  for (const scenario of SCENARIOS.filter(({ name }) => KILLED.includes(name)))
    test(`${scenario.name}: another delivers again, and it is as if nobody had died`, async () => {
      const undisturbed = await place.prepared(scenario)
      await scenario.act(place.stores(undisturbed))
      expect(await killEach(scenario, await place.view(undisturbed))).toBeGreaterThan(0)
    }, 120_000)
})
