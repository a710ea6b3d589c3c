import { describe, expect, test } from 'vitest'
import { StoreError } from '../src/errors.js'
import { acceptRecords, acceptVerification } from '../src/rules/accept-verification.js'

const checkpoint = { stream: 's', seq: 3, hash: 'a'.repeat(64), at: 1 }
const head = { stream: 's', seq: 3, hash: 'a'.repeat(64) }

function problemsOf(act: () => unknown): string[] {
  try {
    act()
  } catch (error) {
    if (StoreError.is(error, 'invalid')) return error.problems.map(({ field }) => field)
    throw error
  }
  return []
}

const problems = (options: object | null) => problemsOf(() => acceptVerification('s', options as never))

describe('what is verified', () => {
  test.each<[string | undefined, string]>([
    [undefined, 'main'],
    ['s', 's'],
  ])('%s is the stream %s', (stream, name) => {
    expect(acceptVerification(stream)).toEqual({ stream: name, checkpoints: [] })
  })

  test('may be held against checkpoints, and begin at one', () => {
    expect(acceptVerification('s', { from: checkpoint, checkpoints: [checkpoint, head] })).toEqual({
      stream: 's',
      from: head,
      checkpoints: [head, head],
    })
  })

  test.each<[object, string[]]>([
    [{ stream: 'other' }, ['stream']],
    [{ seq: 0, hash: '0'.repeat(64) }, []],
    [{ seq: -1 }, ['seq']],
    [{ hash: 'A'.repeat(64) }, ['hash']],
    [{ hash: 'a'.repeat(63) }, ['hash']],
    [{ at: -1 }, ['at']],
    [{ at: undefined }, []],
    [{ seq: undefined, hash: undefined }, ['seq', 'hash']],
    [{ found: 1 }, ['found']],
    [{ stream: undefined }, ['stream']],
  ])('is not held against %j', (fields, refused) => {
    const wrong = { ...checkpoint, ...fields }
    expect(problems({ checkpoints: [wrong] })).toEqual(refused.map((field) => `checkpoints[0].${field}`))
    expect(problems({ from: wrong })).toEqual(refused.map((field) => `from.${field}`))
  })

  test.each<[object | null, string[]]>([
    [null, ['verify']],
    [checkpoint, ['stream', 'seq', 'hash', 'at']],
    [{ checkpoints: checkpoint }, ['checkpoints']],
    [{ checkpoints: new Array(100_001) }, ['checkpoints']],
    [{ checkpoints: [null] }, ['checkpoints[0]']],
    [{ onProgress: 1, signal: {} }, ['onProgress', 'signal']],
    [{ from: checkpoint, checkpoints: [{ ...checkpoint, seq: 2 }] }, ['checkpoints[0].seq']],
  ])('is not verified with %j', (options, refused) => {
    expect([...new Set(problems(options))]).toEqual(expect.arrayContaining(refused))
  })

  test('is refused by all that is wrong with both arguments', () => {
    const verify = () => acceptVerification('', { from: { stream: 'main', seq: -1, hash: 'a'.repeat(64) } })
    expect(problemsOf(verify)).toEqual(['stream', 'from.seq'])
    expect(verify).toThrow(/^verify:/)
  })
})

test('records are of a stream, behind a place', () => {
  expect([acceptRecords(undefined, undefined), acceptRecords('s', 7)]).toEqual([
    { stream: 'main', after: 0 },
    { stream: 's', after: 7 },
  ])
  expect(problemsOf(() => acceptRecords('', -1))).toEqual(['stream', 'after'])
})
