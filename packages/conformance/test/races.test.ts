import { describe, expect, it } from 'vitest'
import type { Harness } from '../src/harness.js'
import { racesOf } from '../src/races.js'
import { notRunSummary, planFor, runSuite } from '../src/suite.js'
import inFile, { inMemory } from './reference.harness.js'

const light = racesOf({
  telling: { processes: 2, traces: 4 },
  decisions: { approvals: 5, processes: 2, deciders: 2 },
  entries: { processes: 2, each: 10, inFlight: 2 },
  runs: { processes: 2, each: 10 },
  starts: { processes: 2, rounds: 2 },
})

describe('the races', () => {
  it('are won by the reference store', async () => {
    const outcomes = await runSuite(inFile, [light])
    expect(outcomes.map(({ result, ...rest }) => ('error' in rest ? rest.error : result))).toEqual(
      light.cases.map(() => 'passed'),
    )
  }, 60_000)

  it('are reported as not run where no other process can open the place', () => {
    const harness: Harness = { ...inMemory, module: undefined }
    expect(notRunSummary(planFor(harness, [light]))).toEqual([
      '5 cases not run: give the harness a `module`, so that other processes can open the same place',
    ])
  })
})
