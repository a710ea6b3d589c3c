import { describe, expect, test } from 'vitest'
import { at, CHAIN, found, other, type Read, resultOf } from './chain-of-four.js'

describe('what is wrong with the end', () => {
  test.each<[string, Read, string]>([
    ['nothing', {}, 'ok'],
    ['nothing, of an empty chain', { links: [], head: at(0) }, 'ok'],
    ['nothing, of a chain of one', { links: CHAIN.slice(0, 1), head: at(1) }, 'ok'],
    ['the head is one ahead', { links: CHAIN.slice(0, 3) }, 'truncated at 4: the chain ends at 3, not at 4'],
    ['the head is one behind', { head: at(3) }, 'truncated at 4: the head says 3, the chain ends at 4'],
    ['the head names no place', { head: { ...at(4), seq: NaN } }, 'modified at 4: the head names no place'],
    ['the head is gone', { head: at(0) }, 'truncated at 1: the head says 0, the chain ends at 4'],
    ['the chain is gone', { links: [] }, 'truncated at 1: the chain ends at 0, not at 4'],
    ['the head has another hash', { head: other(at(4)) }, 'modified at 4: the head names another hash'],
    ['the head has a lesser hash', { head: other(at(4), '0') }, 'modified at 4: the head names another hash'],
    ['the head of nothing has a hash', { links: [], head: other(at(0)) }, 'modified at 0: the head names another hash'],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })
})

describe('what a checkpoint vouches for', () => {
  test.each<[string, Read, string]>([
    [
      'another of a lesser hash',
      { checkpoints: [other(at(2), '0')] },
      'checkpoint at 2: entry 2 is not the one the checkpoint vouches for',
    ],
    [
      'the most of several, whichever comes first',
      { links: CHAIN.slice(0, 1), head: at(1), checkpoints: [at(2), at(4)] },
      'truncated at 2: the chain ends at 1, not at 4',
    ],
    ['every place', { checkpoints: [0, 1, 2, 3, 4].map(at) }, 'ok'],
    [
      'the beginning',
      { checkpoints: [other(at(0))] },
      'checkpoint at 0: entry 0 is not the one the checkpoint vouches for',
    ],
    [
      'the first',
      { checkpoints: [other(at(1))] },
      'checkpoint at 1: entry 1 is not the one the checkpoint vouches for',
    ],
    ['the last', { checkpoints: [other(at(4))] }, 'checkpoint at 4: entry 4 is not the one the checkpoint vouches for'],
    [
      'the second that was kept',
      { checkpoints: [at(2), other(at(3))] },
      'checkpoint at 3: entry 3 is not the one the checkpoint vouches for',
    ],
    [
      'more than is there',
      { links: CHAIN.slice(0, 3), head: at(3), checkpoints: [at(4)] },
      'truncated at 4: the chain ends at 3, not at 4',
    ],
    [
      'the most of several',
      { links: CHAIN.slice(0, 1), head: at(1), checkpoints: [at(4), at(2)] },
      'truncated at 2: the chain ends at 1, not at 4',
    ],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })
})

describe('a verification that begins at a head', () => {
  test.each<[string, Read, string]>([
    ['reads what follows', { links: CHAIN.slice(2), from: at(2) }, 'ok'],
    ['reads nothing where nothing follows', { links: [], from: at(4) }, 'ok'],
    ['reads all from the beginning', { from: at(0) }, 'ok'],
    [
      'is not that of the chain',
      { links: CHAIN.slice(2), from: other(at(2)) },
      'checkpoint at 2: entry 3 does not follow the head that the verification was to begin at',
    ],
    [
      'is not that of the chain, where nothing follows',
      { links: [], from: other(at(4)) },
      'checkpoint at 4: the head is not the one the verification was to begin at',
    ],
    [
      'is not the one a checkpoint names',
      { links: CHAIN.slice(2), from: at(2), checkpoints: [other(at(2))] },
      'checkpoint at 2: entry 2 is not the one the checkpoint vouches for',
    ],
    ['is behind the end', { links: [], head: at(3), from: at(4) }, 'truncated at 4: the chain ends at 3, not at 4'],
    ['has no successor', { links: CHAIN.slice(3), from: at(2) }, 'missing at 3: entry 3 is not there'],
    ['is followed by two', { links: [CHAIN[2]!, CHAIN[2]!], from: at(2) }, 'forked at 3: entry 3 is there twice'],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })

  test('says so, and counts what it read', () => {
    const { status, entries, from } = resultOf({ links: CHAIN.slice(1), from: at(1) })
    expect({ status, entries, from }).toEqual({ status: 'ok', entries: 3, from: at(1) })
  })
})
