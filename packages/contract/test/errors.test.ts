import { describe, expect, test } from 'vitest'
import { ERROR_CODES, StoreError } from '../src/errors.js'

const problems = (count: number) => Array.from({ length: count }, (_, i) => ({ field: `f${i + 1}`, message: 'is odd' }))

describe('an error', () => {
  test.each(ERROR_CODES)('%s may be tried again only where that can help', (code) => {
    expect(new StoreError(code, '').retryable).toBe(code === 'unavailable' || code === 'timeout')
  })

  test.each([true, false])('is told whether it may be tried again: %s', (retryable) => {
    const told = ERROR_CODES.map((code) => new StoreError(code, '', { retryable }).retryable)
    expect(told).toEqual(ERROR_CODES.map(() => retryable))
  })

  test('has its cause, and none where there is none', () => {
    const cause = new Error('driver')
    expect([new StoreError('internal', '', { cause }).cause, 'cause' in new StoreError('internal', '')]).toEqual([
      cause,
      false,
    ])
  })

  test('has no problems unless told', () => {
    expect(new StoreError('conflict', '').problems).toEqual([])
  })
})

describe('what is invalid', () => {
  test.each([
    [1, 'page: f1: is odd'],
    [2, 'page:\n  - f1: is odd\n  - f2: is odd'],
  ])('%i problem(s) as text', (count, message) => {
    expect(StoreError.invalid('page', problems(count)).message).toBe(message)
  })

  test.each([
    [20, '  - f20: is odd'],
    [21, '  - … and 1 more'],
    [25, '  - … and 5 more'],
  ])('of %i problems the text ends in %s', (count, last) => {
    expect(StoreError.invalid('page', problems(count)).message.split('\n').at(-1)).toBe(last)
  })

  test('has every problem however many there are', () => {
    expect(StoreError.invalid('page', problems(25))).toMatchObject({
      code: 'invalid',
      retryable: false,
      problems: problems(25),
    })
  })
})

describe('is it one of ours', () => {
  const ours = new StoreError('conflict', '')
  const ofAnotherCopy = Object.assign(new Error(''), { name: 'StoreError', code: 'conflict' })

  test.each([
    ['ours', ours, undefined, true],
    ['of that code', ours, 'conflict', true],
    ['of another code', ours, 'timeout', false],
    ['of another copy of this package', ofAnotherCopy, 'conflict', true],
    ['another error', new Error('conflict'), undefined, false],
    ['an object that looks like it', { name: 'StoreError', code: 'conflict' }, undefined, false],
    ['nothing', undefined, undefined, false],
  ] as const)('%s', (_, error, code, is) => {
    expect(StoreError.is(error, code)).toBe(is)
  })
})
