import { describe, expect, it } from 'vitest'
import { CHAPTERS } from '../src/cases/index.js'
import { runSuite } from '../src/suite.js'
import { DEFECTS } from './defects/index.js'
import { moduleWith, planted } from './defects/plant.js'

/**
 * Cases that run for the defects of their own chapter only: they take a second or so, or are tripped by whatever asks the
 * store something else first.
 */
const OF_THEIR_CHAPTER = new Set([
  'all that is wrong with the arguments of a call is told at once',
  'a trace of 10,000 spans comes back whole and in order',
  'a batch of thousands of traces is counted and kept span by span',
  'any order and any batching of the same spans gives the same summary',
  'records of one span merge to the same span in any order',
  'rows of one timestamp are paged without a repeat and without a gap',
])

/** A lock that stays is waited for. */
const TIMEOUT = 120_000

const LAWS = CHAPTERS.flatMap(({ cases }) => cases)

const needsProcesses = (law: string) => LAWS.find((one) => one.law === law)?.needs.includes('processes') ?? false

describe('a case', () => {
  it('is there for one law, and trips on a planted defect', () => {
    const laws = LAWS.map(({ law }) => law)
    expect(new Set(laws).size).toBe(laws.length)
    expect(laws.filter((law) => !DEFECTS.some((defect) => defect.law === law))).toEqual([])
  })
})

describe('a planted defect fails its case and no other', () => {
  for (const defect of DEFECTS) {
    const own = CHAPTERS.find(({ cases }) => cases.some(({ law }) => law === defect.law))
    // Over several processes a chapter takes seconds, so a defect that shows only there runs its own; the others run
    // every chapter in one process.
    const alone = !needsProcesses(defect.law)
    const chapters = CHAPTERS.filter((chapter) => alone || chapter === own).map((chapter) => ({
      ...chapter,
      cases: chapter.cases.filter(({ law }) => (alone && chapter === own) || !OF_THEIR_CHAPTER.has(law)),
    }))

    it(`${defect.law}: ${defect.name}`, {
      // Whether processes meet in a race is chance, so noticing that they did may take more than one try.
      timeout: TIMEOUT,
      retry: alone ? 0 : 2,
    }, async () => {
      const outcomes = await runSuite(planted(defect, alone ? undefined : moduleWith(defect)), chapters)
      const failed = outcomes.filter(({ result }) => result === 'failed').map((outcome) => outcome.case.law)
      expect(failed).toEqual([defect.law])
    })
  }
})
