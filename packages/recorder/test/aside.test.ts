import { beforeEach, describe, expect, it } from 'vitest'
import { Aside } from '../src/aside.js'
import type { Entry } from '../src/deliver.js'

const entry = (number: number): Entry<string> => ({ number, item: `item ${number}` })
const [bad, other, good] = [entry(1), entry(2), entry(3)]
const cause = new Error('the connection was reset')

let aside: Aside<string>
beforeEach(() => {
  aside = new Aside()
})

/** So many failures, each with a success of others after it. */
function fail(times: number, why = cause) {
  return Array.from({ length: times }, () => {
    aside.suspect(bad, why)
    return aside.othersSucceeded()
  }).flat()
}

describe('a suspect', () => {
  it('is refused with its last cause at the third failure that counts', () => {
    fail(2)
    const last = new Error('reset again')
    expect(fail(1, last)).toEqual([{ entries: [bad], cause: last }])
  })

  it('is not refused before', () => {
    expect(fail(2)).toEqual([])
  })

  it('is none any more when it was refused', () => {
    fail(3)
    expect([aside.suspects, aside.has(bad)]).toEqual([[], false])
  })

  it('fails once, however many others succeed', () => {
    aside.suspect(bad, cause)
    for (let n = 0; n < 5; n++) expect(aside.othersSucceeded()).toEqual([])
  })

  it('fails once, however often it is tried while nothing else happens', () => {
    for (let n = 0; n < 5; n++) aside.suspect(bad, cause)
    expect(aside.othersSucceeded()).toEqual([])
  })

  it('that only failed while others failed is none', () => {
    aside.suspect(bad, cause)
    aside.othersFailed()
    expect(aside.suspects).toEqual([])
  })

  it('that failed by itself before stays one when others fail', () => {
    fail(1)
    aside.othersFailed()
    expect(aside.suspects).toEqual([bad])
  })

  it('is not charged with a failure that others shared', () => {
    fail(2)
    aside.suspect(bad, cause)
    aside.othersFailed()
    expect(aside.othersSucceeded()).toEqual([])
  })

  it('is charged again after a failure that others shared', () => {
    fail(2)
    aside.suspect(bad, cause)
    aside.othersFailed()
    expect(fail(1)).toHaveLength(1)
  })

  it('that was written is none, and others stay', () => {
    aside.suspect(bad, cause)
    aside.suspect(other, cause)
    aside.forget([bad])
    expect(aside.suspects).toEqual([other])
  })

  it('is undecided until something happens to another', () => {
    aside.suspect(bad, cause)
    const before = aside.isUndecided
    aside.othersSucceeded()
    expect([before, aside.isUndecided]).toEqual([true, false])
  })

  it('is undecided beside one that is decided', () => {
    fail(1)
    aside.suspect(other, cause)
    expect(aside.isUndecided).toBe(true)
  })
})

describe('a witness', () => {
  it('is kept for as long as there are suspects', () => {
    aside.keep([good])
    aside.suspect(bad, cause)
    aside.release()
    expect(aside.has(good)).toBe(true)
  })

  it('is let go when there is no suspect', () => {
    aside.keep([good])
    aside.release()
    expect(aside.has(good)).toBe(false)
  })

  it('is let go when an outage cleared the last suspect', () => {
    aside.keep([good])
    aside.suspect(bad, cause)
    aside.othersFailed()
    expect(aside.has(good)).toBe(false)
  })

  it('is one no more when it was taken', () => {
    aside.keep([good])
    expect([aside.takeWitness(), aside.has(good), aside.takeWitness()]).toEqual([good, false, undefined])
  })

  it('is wanted for each failure, and no more', () => {
    const wanted = [aside.wanted]
    aside.keep([entry(4), entry(5), entry(6), entry(7)])
    expect([...wanted, aside.wanted]).toEqual([3, 0])
  })
})
