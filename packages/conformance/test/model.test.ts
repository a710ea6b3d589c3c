import { describe, expect, it } from 'vitest'
import { law } from '../src/case.js'
import { SEED } from '../src/cases/seed.js'
import { compareWithReference } from '../src/model/compare.js'
import { runCase } from '../src/suite.js'
import { DEFECTS } from './defects/index.js'
import { planted } from './defects/plant.js'
import { inMemory } from './reference.harness.js'

/** Of each domain, defects that show in what calls answer. */
const FOUND = [
  'an input of null counts as one',
  'models are listed as they arrived',
  'an update clears the input',
  'the step does not count',
  'arguments are not compared',
  'a reason is made storable before it is hashed',
]

const compared = (seconds: number, shrink = false) =>
  law('the calls agree', async ({ storage }) => {
    await compareWithReference(storage, { seed: SEED, time: seconds * 1000, shrink })
  })

describe('the comparison with the reference', () => {
  it('agrees with the reference itself', async () => {
    await runCase(inMemory, compared(3))
  }, 60_000)

  it('tells of a difference in the fewest calls that show it', async () => {
    const defect = DEFECTS.find(({ name }) => name === 'an unknown filter is left out')!
    const told = await runCase(planted(defect), compared(60, true)).catch((error: Error) => error.message)
    expect(told).toMatch(/Counterexample: \[sessions\.list\(\{"nonsense":1\}, undefined\)/)
  }, 240_000)

  for (const defect of DEFECTS.filter(({ name }) => FOUND.includes(name)))
    it(`finds a store where ${defect.name}`, async () => {
      await expect(runCase(planted(defect), compared(60))).rejects.toThrow(/Counterexample/)
    }, 120_000)
})
