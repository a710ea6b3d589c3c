import { describe, expect, test } from 'vitest'
import { at, CHAIN, found, other, type Read } from './chain-of-four.js'

describe('what is wrong with the end', () => {
  test.each<[string, Read, string]>([
    ['nothing', {}, 'ok'],
    ['nothing, of an empty chain', { links: [], head: at(0) }, 'ok'],
    ['nothing, of a chain of one', { links: CHAIN.slice(0, 1), head: at(1) }, 'ok'],
    ['the head is one ahead', { links: CHAIN.slice(0, 3) }, 'truncated at 4: the chain ends at 3, not at 4'],
    ['the head is one behind', { head: at(3) }, 'truncated at 4: the head says 3, the chain ends at 4'],
    ['the head names no place', { head: { ...at(4), seq: NaN } }, 'changed at 4: the head names no place'],
    ['the head is gone', { head: at(0) }, 'truncated at 1: the head says 0, the chain ends at 4'],
    ['the chain is gone', { links: [] }, 'truncated at 1: the chain ends at 0, not at 4'],
    ['the head has another hash', { head: other(at(4)) }, 'changed at 4: the head names another hash'],
    ['the head has a lesser hash', { head: other(at(4), '0') }, 'changed at 4: the head names another hash'],
    ['the head of nothing has a hash', { links: [], head: other(at(0)) }, 'changed at 0: the head names another hash'],
  ])('%s', (_, read, finding) => {
    expect(found(read)).toBe(finding)
  })
})

describe('what a checkpoint vouches for', () => {
  test.each<[string, Read, string]>([
    [
      'another of a lesser hash',
      { checkpoints: [other(at(2), '0')] },
      'changed at 2: entry 2 is not the one the checkpoint vouches for',
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
      'changed at 0: entry 0 is not the one the checkpoint vouches for',
    ],
    ['the first', { checkpoints: [other(at(1))] }, 'changed at 1: entry 1 is not the one the checkpoint vouches for'],
    ['the last', { checkpoints: [other(at(4))] }, 'changed at 4: entry 4 is not the one the checkpoint vouches for'],
    [
      'the second that was kept',
      { checkpoints: [at(2), other(at(3))] },
      'changed at 3: entry 3 is not the one the checkpoint vouches for',
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
