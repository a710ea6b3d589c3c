import { describe, expect, test } from 'vitest'
import { StoreError } from '../src/errors.js'
import { acceptList, acceptPage, type KeyPart, pageOf } from '../src/rules/cursor.js'
import { MAX_TIMESTAMP } from '../src/time.js'
import { fieldsOf, fieldsTold } from './refused-fields.js'

const BY_TIME = [0, ''] as const
const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

function problemsOf(page: object, list = 'list', example: readonly KeyPart[] = BY_TIME): string[] {
  try {
    acceptPage(list, example, page)
    return []
  } catch (error) {
    const { code, problems } = error as StoreError
    return fieldsTold(problems).map((field) => `${code} ${field}`)
  }
}

const pageBy = (rows: readonly number[], limit: number) =>
  pageOf(
    'list',
    rows,
    limit,
    (row) => [row, `id ${row}`],
    (row) => `item ${row}`,
  )

describe('a limit', () => {
  test.each([
    [{}, 50],
    [{ limit: undefined }, 50],
    [{ limit: 1 }, 1],
    [{ limit: 1000 }, 1000],
  ])('of %j is %i', (page, limit) => {
    expect(acceptPage('list', BY_TIME, page)).toStrictEqual({ limit })
  })

  test.each([0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10', null, true])('of %s is refused', (limit) => {
    expect(problemsOf({ limit })).toEqual(['invalid limit'])
  })

  test('is 50 where there is no request', () => {
    expect(acceptPage('list', BY_TIME)).toEqual({ limit: 50 })
  })
})

describe('a page', () => {
  test.each([
    ['none', [], 2, []],
    ['fewer than asked for', [9], 2, ['item 9']],
    ['exactly as many', [9, 8], 2, ['item 9', 'item 8']],
    ['one, exactly', [9], 1, ['item 9']],
  ])('of %s is the last: it has no next', (_, rows, limit, items) => {
    expect(pageBy(rows, limit)).toEqual({ items })
  })

  test('of one more than asked for has a next, and not that one', () => {
    expect(pageBy([9, 8, 7], 2)).toEqual({ items: ['item 9', 'item 8'], next: cursorOf('list', 8, 'id 8') })
  })

  test('is of the rows themselves where nothing else is made of them', () => {
    expect(pageOf('list', [9, 8], 1, (row) => [row])).toEqual({ items: [9], next: cursorOf('list', 9) })
  })

  test('goes on after its last item', () => {
    const { next } = pageBy([9, 8, 7], 2)
    expect(acceptPage('list', BY_TIME, { after: next, limit: 2 })).toEqual({ limit: 2, after: [8, 'id 8'] })
  })
})

describe('a cursor', () => {
  test.each<[string, readonly KeyPart[], readonly KeyPart[]]>([
    ['of a time and an id', BY_TIME, [1_750_000_000_000_250, 'a "quoted" é🜁 \u2028 id']],
    ['of a number', [0], [7]],
    ['at the beginning of time', BY_TIME, [0, '']],
    ['at its end', BY_TIME, [MAX_TIMESTAMP * 1000, 'id']],
    ['of three parts', [0, '', ''], [1, 'a', 'b']],
  ])('%s comes back as it was', (_, example, key) => {
    const { next } = pageOf('list', [1, 2], 1, () => key, String)
    expect(acceptPage('list', example, { after: next }).after).toEqual(key)
  })

  test.each<[string, string]>([
    ['empty', ''],
    ['no cursor', 'garbage'],
    ['of no list', cursorOf()],
    ['not an array', Buffer.from('{"0":"list"}').toString('base64url')],
    ['null', Buffer.from('null').toString('base64url')],
    ['of another list', cursorOf('other', 1, 'id')],
    ['of a list that begins alike', cursorOf('list of a session', 1, 'id')],
    ['too short', cursorOf('list', 1)],
    ['too long', cursorOf('list', 1, 'id', 2)],
    ['the wrong way round', cursorOf('list', 'id', 1)],
    ['of a text for a number', cursorOf('list', '1', 'id')],
    ['of null', cursorOf('list', null, 'id')],
    ['of a list of parts', cursorOf('list', [1], 'id')],
    ['before the beginning of time', cursorOf('list', -1, 'id')],
    ['after its end', cursorOf('list', MAX_TIMESTAMP * 1000 + 1, 'id')],
    ['of a fraction', cursorOf('list', 0.5, 'id')],
    ['of more than a whole number can be', cursorOf('list', 2 ** 53, 'id')],
    ['of a text with a NUL character', cursorOf('list', 1, 'a\0')],
    ['of a text with half a character', cursorOf('list', 1, '\ud800')],
    ['cut', cursorOf('list', 1, 'id').slice(0, -4)],
    ['with a sign that a decoder passes over', `${cursorOf('list', 1, 'id')}=`],
    ['with a space before it', ` ${cursorOf('list', 1, 'id')}`],
    ['of JSON with spaces', Buffer.from('["list", 1, "id"]').toString('base64url')],
  ])('%s is refused', (_, after) => {
    expect(problemsOf({ after })).toEqual(['invalid after'])
  })

  test.each([null, 7, ['x']])('that is %j is refused', (after) => {
    expect(problemsOf({ after })).toEqual(['invalid after'])
  })
})

test.each([
  ['a cursor of another list', cursorOf('other', 1, 'id'), /^page: after: .*cursor of this list/],
  ['a NUL character', 'a\0', /^page: after: .*NUL character/],
])('it is said of %s what it is', (_, after, message) => {
  expect(() => acceptPage('list', BY_TIME, { after })).toThrow(message)
})

describe('what is asked of a list', () => {
  const asked = () => 'asked'

  test('comes with which page of it', () => {
    const page = { limit: 2, after: cursorOf('list', 8, 'id 8') }
    expect(acceptList('list', BY_TIME, asked, page)).toEqual(['asked', { limit: 2, after: [8, 'id 8'] }])
    expect(acceptList('list', BY_TIME, asked, undefined)).toEqual(['asked', { limit: 50 }])
  })

  test('and a page that are both wrong are told at once', () => {
    const refuse = () => {
      throw StoreError.invalid('list', [{ field: 'status', message: 'is none; give one' }])
    }
    const accept = (page: object) => () => acceptList('list', BY_TIME, refuse, page)
    expect(fieldsOf(accept({}))).toEqual(['status'])
    expect(fieldsOf(accept({ limit: 0, after: 'junk' }))).toEqual(['status', 'limit', 'after'])
  })
})

test('what is no field of a page is refused by name', () => {
  expect(problemsOf({ offset: 10 })).toEqual(['invalid offset'])
})

test('a limit and a cursor that are both wrong are told at once', () => {
  expect(problemsOf({ limit: 0, after: 'junk' })).toEqual(['invalid limit', 'invalid after'])
})
