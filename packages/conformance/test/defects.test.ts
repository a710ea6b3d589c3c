import { describe, expect, it } from 'vitest'
import { CHAPTERS } from '../src/cases/index.js'
import { runSuite } from '../src/suite.js'
import { DEFECTS } from './defects/index.js'
import { moduleWith, planted } from './defects/plant.js'

/**
 * Cases that run for their own defects only: they take a good part of a second, or are tripped by whatever asks the store
 * something else first.
 */
const OF_THEIR_DEFECTS = new Set([
  'a batch of thousands of traces is counted and kept span by span',
  'a page of a list never repeats and never misses a row that was there when paging began',
  'a record that becomes larger than 12 MiB is refused as invalid by its field and what fits is kept whole',
  'a record that would make its span larger than 12 MiB is rejected by its place and the span stays',
  'a span that is told more of leaves others what it shared with them',
  'a trace of 10,000 spans comes back whole and in order',
  'a value that cannot be stored is repaired and the span says so',
  'all that is wrong with the arguments of a call is told at once',
  'an approval that becomes due or escalates leaves one event of each in order and stays open',
  'an outline has every span of a trace in order without payloads',
  'any order and any batching of the same spans gives the same summary',
  'every event of an approval is told to a consumer in order',
  'JSON comes back equal to what went in',
  'long reasons of early voters leave room for those who vote later',
  'records of one span merge to the same span in any order',
  'of large approvals as many are taken as are not too much at once and the others next',
  'rows of one timestamp are paged without a repeat and without a gap',
  'runs of two sessions, or more than a thousand, are refused and none is appended',
  'simultaneous appends of many leave no gap, and what is appended together stays together',
  'verify of an untouched chain is ok and counts its entries',
  "those to whom it escalates may vote when it is time by the database's clock and not before",
  'what spans of one trace repeat comes back whole in each of them',
  'writers of one trace at the same time lose nothing',
])

/** Laws that are told in terms of others: what breaks one of those breaks them as well, and nothing else may. */
const RESTS_ON: Readonly<Record<string, readonly string[]>> = {
  'removing a trace removes its spans and nothing of any other': [
    'a trace that does not exist is null',
    'spans are found by owners of their own, whichever their trace shows',
  ],
  'a trace whose label changes is found by the new value and not by the old': [
    'a trace shows of each label what the first span in time says',
    'traces are listed newest first',
  ],
  'labels of a span merge by name and the greater record counts': [
    'a re-sent batch changes nothing',
    'a record that a batch brings twice counts as a duplicate and costs nothing else',
  ],
  'a label of a span that cannot be kept is left out and the span says so': [
    'a value that cannot be stored is repaired and the span says so',
  ],
  'traces are found by labels and all of them must match': ['traces are listed newest first'],
  'a trace that is written again after it was removed is found by no label that it had': [
    'a trace that was removed can be written again as if it had never been there',
  ],
  'a session that is made anew after it was removed is found by no label that it or its runs had': [
    'removing a session removes its runs',
  ],
  'runs are found by the labels they have now and all of them must match': [
    'a run that waited is given its start when it begins',
    'every filter of runs narrows the list and filters combine',
  ],
  'removing a trace that does not exist is false': ['the promise of a write resolves only after the batch is durable'],
  'a trace that was removed can be written again as if it had never been there': [
    'the end of a span keeps what another connection told of it while it ran',
  ],
  'what is written to a trace while it is removed is there whole or not at all': [
    'a trace that does not exist is null',
  ],
  'what is past its date is removed whole and nothing else': ['a trace that does not exist is null'],
  'a session that changed since its date is kept however old it is': [
    'updatedAt moves with every change and every appended run and createdAt never',
  ],
  'what is written while a purge goes on is kept unless it is past its date': [
    'writers of one trace at the same time lose nothing',
  ],
  'removing an approval removes its history and its call may be asked for anew': [
    'consuming with the same arguments in another key order works',
    'consuming an approval that does not exist is not_found',
  ],
  'removing an approval is a conflict until every consumer was told of it': [
    'each consumer is told on its own',
    'every event of an approval is told to a consumer in order',
    'what was taken and not settled is told again',
    'a dead letter is kept with its reason and holds up nothing',
  ],
  'settling late what was told of an approval that was removed leaves the one that has its id now as it is': [
    'removing an approval removes its history and its call may be asked for anew',
  ],
  'the state of a consumer tells how many approvals wait and fail, since when, and how many letters are dead': [
    'a dead letter is kept with its reason and holds up nothing',
  ],
  'runs that are appended together are numbered in their order behind those that are there': [
    'saving a session that is new creates it at version 1',
    'a run takes type and owners from its session unless told',
    'appending a run does not change the version of its session',
    'appending the same run twice is one run and gives the first back',
  ],
  'of runs that are appended together all are there or none': [
    'runs that are appended together are numbered in their order behind those that are there',
  ],
  'runs that are appended together again are given back as they were and count once': [
    'runs that are appended together are numbered in their order behind those that are there',
  ],
  'a later reading may say that a span is of no kind after all, and one without a kind takes nothing back': [
    'of two records that are as far as each other the later reading counts, whichever comes first',
  ],
  'the end of a span keeps what another connection told of it while it ran': [
    'an ended span beats a running one and a late start never erases an end',
  ],
  'failures are counted anew after an event that was told': [
    'what was taken and not settled is told again',
    'a failure is tried again when its time has come and not before and what comes after it waits',
  ],
  'a sweep of the relay marks what has expired and notes what is due in all tenants': [
    'telling is of all tenants and says of which',
    'every event of an approval is told to a consumer in order',
  ],
  'requesting the same tool call with fields worded anew that do not bind gives the first back': [
    'requesting an approval stores it as pending with the hash of its arguments',
    'requesting the same tool call with other arguments, tool or policy is a conflict',
  ],
  'an approval that binds some fields is spent with others worded anew and never with another value of a bound one': [
    'requesting an approval stores it as pending with the hash of its arguments',
    'consuming with other arguments than were shown is a conflict and leaves it unspent',
    'consuming with the same arguments in another key order works',
  ],
  'an approval of type audit is spent without a decision and never after a rejection': [
    'an approved approval is consumed once and the second time is a conflict',
    'consuming with other arguments than were shown is a conflict and leaves it unspent',
  ],
  'who watches hears of what is decided in its own storage until it stops': [
    'of simultaneous decisions exactly one wins and the others get the winning resolution back',
    'of simultaneous decisions by several processes exactly one wins',
  ],
  'many approvals are told of at once in the order asked and those that are not there are left out': [
    'approvals are listed newest first without arguments and context',
    'an approval that has expired reads as expired before any sweep',
  ],
  'null in a record says nothing and never erases what another record told': ['a span comes back as it was written'],
  'a consumer from the start is told of what happened before it registered and one from now is not': [
    'telling is of all tenants and says of which',
  ],
  'a page that ends with the last row has no next': ['traces are listed newest first'],
  'an approval that has expired reads as expired before any sweep': [
    'requesting an approval stores it as pending with the hash of its arguments',
  ],
  'a tool call id that comes again in another step of its run is another call': [
    'requesting the same tool call of a run twice is one approval',
    'requesting the same tool call with other arguments, tool or policy is a conflict',
  ],
  'an approval id that is taken by another request is refused as already_exists': [
    'requesting the same tool call with other arguments, tool or policy is a conflict',
  ],
  'arguments and tools that cannot be kept as they are given are refused by their path': [
    'consuming with other arguments than were shown is a conflict and leaves it unspent',
    'consuming with the same arguments in another key order works',
  ],
  'an id that is taken by a different entry is a conflict and nothing is appended': [
    'appended entries are chained from 64 zeros and numbered 1, 2, 3',
    'streams have chains of their own',
  ],
  'of a tenant that changes a shape and one that joins it at once, one gets a conflict': [
    'a shape whose columns differ from those of another tenant is a conflict',
  ],
  'an entry that cannot be kept as it is given is refused by the path of the field': [
    'a batch with one bad entry appends nothing and names it',
  ],
}

/** Whether a defect is tried on the whole suite, which takes ten times as long, and not only on the chapter of its law. */
const EVERY_CHAPTER = process.env.PROOF_SHARE === '1'

/** A lock that stays is waited for. */
const TIMEOUT = 120_000

const LAWS = CHAPTERS.flatMap(({ cases }) => cases)

const needsProcesses = (law: string) => LAWS.find((one) => one.law === law)?.needs.includes('processes') ?? false

describe('a case', () => {
  it('is there for one law, and trips on a planted defect', () => {
    const laws = LAWS.map(({ law }) => law)
    expect(new Set(laws).size).toBe(laws.length)
    expect(laws.filter((law) => !DEFECTS.some((defect) => defect.law === law))).toEqual([])
    expect(
      Object.entries(RESTS_ON)
        .flat(2)
        .concat(...OF_THEIR_DEFECTS)
        .filter((law) => !laws.includes(law)),
    ).toEqual([])
  })
})

describe('a planted defect fails its case and those that rest on it, and no other', () => {
  for (const defect of DEFECTS) {
    const own = CHAPTERS.find(({ cases }) => cases.some(({ law }) => law === defect.law))
    const alone = !needsProcesses(defect.law)
    // Over several processes a chapter takes seconds, so a defect that shows only there runs its own whatever is asked.
    const chapters = CHAPTERS.filter((chapter) => chapter === own || (alone && EVERY_CHAPTER)).map((chapter) => ({
      ...chapter,
      cases: chapter.cases.filter(({ law }) => law === defect.law || !OF_THEIR_DEFECTS.has(law)),
    }))

    it(`${defect.law}: ${defect.name}`, {
      // Whether processes meet in a race is chance, so noticing that they did may take more than one try.
      timeout: TIMEOUT,
      retry: alone ? 0 : 2,
    }, async () => {
      const outcomes = await runSuite(planted(defect, alone ? undefined : moduleWith(defect)), chapters)
      const failed = outcomes.filter(({ result }) => result === 'failed').map((outcome) => outcome.case.law)
      expect(failed).toContain(defect.law)
      expect(failed.filter((law) => law !== defect.law && !RESTS_ON[law]?.includes(defect.law))).toEqual([])
    })
  }
})
