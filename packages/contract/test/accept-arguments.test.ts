import { describe, expect, test } from 'vitest'
import { StoreError } from '../src/errors.js'
import { acceptAll, checkId, checkTenant, checkTraceId, withId } from '../src/rules/accept-arguments.js'
import { fieldsOf } from './refused-fields.js'

const wrong = (field: string) => (): string => {
  throw StoreError.invalid(field, [{ field, message: 'is odd; give an even one' }])
}

describe('an argument', () => {
  test.each([
    ['an id', () => checkId('run', 'x'), 'x'],
    ['a trace id', () => checkTraceId('AB'.repeat(16)), 'ab'.repeat(16)],
    ['a tenant', () => checkTenant('x'.repeat(128)), 'x'.repeat(128)],
  ])('%s', (_, check, value) => {
    expect(check()).toBe(value)
  })

  test.each([
    ['an id that is missing', () => checkId('run', undefined), 'id'],
    ['an id that is null', () => checkId('run', null), 'id'],
    ['a trace id that is missing', () => checkTraceId(undefined), 'traceId'],
    ['a trace id that is short', () => checkTraceId('ab'), 'traceId'],
    ['a tenant that is missing', () => checkTenant(undefined), 'tenant'],
    ['a tenant that is empty', () => checkTenant(''), 'tenant'],
    ['a tenant that is long', () => checkTenant('x'.repeat(129)), 'tenant'],
    ['a tenant that is no text', () => checkTenant(7), 'tenant'],
  ])('%s is refused by name', (_, check, field) => {
    expect(fieldsOf(check)).toEqual([field])
  })

  test.each([
    ['an id', () => checkId('run', ''), 'run: id: '],
    ['a trace id', () => checkTraceId(''), 'trace: traceId: '],
    ['a tenant', () => checkTenant(''), 'tenant: tenant: '],
  ])('%s says of what it is', (_, check, start) => {
    expect(check).toThrow(new RegExp(`^${start}`))
  })
})

describe('all arguments of a call', () => {
  test('are accepted in their order', () => {
    expect(
      acceptAll(
        'call',
        () => 1,
        () => 'two',
      ),
    ).toEqual([1, 'two'])
  })

  test.each([
    ['the first', [wrong('a'), () => ''], ['a']],
    ['the last', [() => '', wrong('b')], ['b']],
    ['both', [wrong('a'), wrong('b')], ['a', 'b']],
  ])('are refused for %s', (_, checks, fields) => {
    expect(fieldsOf(() => acceptAll('call', ...checks))).toEqual(fields)
  })

  test('pass on what is no refusal at once', () => {
    const error = new Error('bug')
    const broken = () => {
      throw error
    }
    expect(() => acceptAll('call', wrong('a'), broken)).toThrow(error)
  })

  test('pass on a refusal of another code', () => {
    const conflict = () => {
      throw new StoreError('conflict', 'no')
    }
    expect(() => acceptAll('call', conflict)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  test('with an id, name it beside the others', () => {
    expect(fieldsOf(() => withId('run', '', wrong('status')))).toEqual(['id', 'status'])
  })
})
