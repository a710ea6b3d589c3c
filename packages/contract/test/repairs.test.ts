import { describe, expect, test } from 'vitest'
import { changedFields, distinctRepairs, marksAfter } from '../src/rules/repairs.js'

const mark = (field: string, reason = 'replaced') => ({ field, reason })

describe('the marks of a row', () => {
  test.each<[string, string[], string[], string[]]>([
    ['stay where nothing changed', ['state.a', 'name'], [], ['state.a', 'name']],
    ['go with what was set anew', ['state.a', 'state["b"]', 'name'], ['state'], ['name']],
    ['stay where a name is that of no field', ['["state"]', ''], ['state'], ['["state"]', '']],
    ['stay where a name only begins alike', ['stateful', 'metadata.state'], ['state'], ['stateful', 'metadata.state']],
  ])('%s', (_, before, changed, left) => {
    expect(
      marksAfter(
        before.map((field) => mark(field)),
        changed,
        undefined,
      ).repairs,
    ).toEqual(left.map((field) => mark(field)))
  })

  test('have the new ones last', () => {
    expect(marksAfter([mark('a'), mark('b')], ['a'], [mark('a.x')])).toEqual({ repairs: [mark('b'), mark('a.x')] })
  })

  test('have no new ones of what did not change', () => {
    expect(marksAfter([mark('a')], [], [mark('b')])).toEqual({ repairs: [mark('a')] })
  })

  test('are not there where there are none', () => {
    expect([marksAfter([mark('a')], ['a'], undefined), marksAfter(undefined, [], [])]).toEqual([{}, {}])
  })
})

describe('what a change says anew', () => {
  const same =
    (...fields: string[]) =>
    (field: string) =>
      fields.includes(field)

  test.each<[string, string[], string[], ReturnType<typeof mark>[], string[]]>([
    ['is what has another value', ['a', 'b'], ['a'], [], ['b']],
    ['is nothing where all is the same', ['a', 'b'], ['a', 'b'], [], []],
    ['is what was repaired now and not before', ['a', 'b'], ['a', 'b'], [mark('b.x')], ['b']],
    ['is nothing of what was not given', ['a'], ['a'], [mark('b')], []],
    ['is another reason', ['a'], ['a'], [mark('a', 'cut')], ['a']],
  ])('%s', (_, given, unchanged, fresh, changed) => {
    expect(changedFields(given, same(...unchanged), [mark('a')], fresh)).toEqual(changed)
  })

  test('is not what was repaired so before', () => {
    expect(changedFields(['a'], same('a'), [mark('a')], [mark('a')])).toEqual([])
  })
})

test.each([
  ['none', [], []],
  ['one', [mark('a')], [mark('a')]],
  ['two that are the same', [mark('a'), mark('a')], [mark('a')]],
  ['two of one field', [mark('a', 'z'), mark('a', 'b')], [mark('a', 'b'), mark('a', 'z')]],
  ['several, in one order', [mark('b'), mark('a'), mark('b')], [mark('a'), mark('b')]],
])('each mark once: %s', (_, marks, distinct) => {
  expect(distinctRepairs(marks)).toEqual(distinct)
})
