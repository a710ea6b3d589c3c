import { describe, expect, it } from 'vitest'
import type { ShapeColumn } from '../src/audit.js'
import { StoreError } from '../src/errors.js'
import { acceptShape } from '../src/rules/accept-shape.js'
import { viewColumnsOf } from '../src/rules/view-columns.js'
import { fieldsOf } from './refused-fields.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }

/** The problems of a shape with these columns, by path; none when it is taken. */
function problemsOf(columns: unknown): Record<string, string> {
  try {
    acceptShape({ name: 'refund', schema, columns: columns as Record<string, ShapeColumn> })
    return {}
  } catch (error) {
    if (!StoreError.is(error, 'invalid')) throw error
    return Object.fromEntries(error.problems.map(({ field, message }) => [field, message]))
  }
}

const throwing = {
  get a(): never {
    throw new Error('secret')
  },
}

const texts = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${n}`, 'text']))

describe('a shape', () => {
  const accept = (fields: object) => acceptShape({ name: 'refund', schema, columns: { a: 'text' }, ...fields })

  it.each([
    ['columns', throwing],
    [
      'schema',
      {
        get '~standard'() {
          return throwing.a
        },
      },
    ],
  ])('whose %s cannot be read is refused by that field', (field, value) => {
    expect(fieldsOf(() => accept({ [field]: value }))).toEqual([field])
  })

  it.each<[unknown, boolean]>([
    ['r', true],
    [`r${'a'.repeat(33)}_0`, true],
    [`r${'a'.repeat(36)}`, false],
    ['', false],
    ['1r', false],
    ['_r', false],
    ['Refund', false],
    ['reFund', false],
    ['refund-', false],
    ['refund\n', false],
    [undefined, false],
    [null, false],
    [7, false],
  ])('may be named %j: %s', (name, taken) => {
    expect(fieldsOf(() => accept({ name }))).toEqual(taken ? [] : ['name'])
  })

  it.each<[unknown]>([[undefined], [{}], ['text'], [{ '~standard': null }], [{ '~standard': { validate: true } }]])(
    'has no validator in %j',
    (schema) => {
      expect(fieldsOf(() => accept({ schema }))).toEqual(['schema'])
    },
  )

  it('may have a validator that is a function', () => {
    const callable = Object.assign(() => true, schema)
    expect(accept({ schema: callable })).toEqual({ name: 'refund', schema: callable, columns: { a: 'text' } })
  })

  it('is told all its problems at once, and where there is none that it is none', () => {
    expect(fieldsOf(() => accept({ name: undefined, schema: 7, columns: {}, view: 'v' }))).toEqual([
      'view',
      'name',
      'schema',
      'columns',
    ])
    expect(fieldsOf(() => acceptShape(null as never))).toEqual(['shape', 'name', 'schema', 'columns'])
  })
})

describe('a column is named', () => {
  it.each([
    ['amount', 'amount'],
    ['Amount', 'amount'],
    ['AMOUNT', 'amount'],
    ['amountCents', 'amount_cents'],
    ['orderID', 'order_id'],
    ['orderIDOfShop', 'order_id_of_shop'],
    ['HTTPStatus', 'http_status'],
    ['aB', 'a_b'],
    ['aBC', 'a_bc'],
    ['ABc', 'a_bc'],
    ['oauth2Token', 'oauth2_token'],
    ['SHA256Sum', 'sha256_sum'],
    ['amount_Cents', 'amount_cents'],
    ['amount__cents_', 'amount__cents_'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ', 'abcdefghijklmnopqrstuvwxyzabcdefghij'],
    ['Time', 'time_of_data'],
    ['timeUs', 'time_us_of_data'],
    ['seq', 'seq_of_data'],
    ['shape', 'shape'],
    ['constructor', 'constructor'],
  ])('after its property: %s as %s', (property, name) => {
    expect(viewColumnsOf({ [property]: 'text' })).toEqual([{ property, name, type: 'text' }])
  })
})

describe('columns', () => {
  it.each([
    ['64 letters', { ['a'.repeat(64)]: 'text' }, 'a column name of 64 bytes; shorten'],
    ['61 letters and the rest of a time', { ['a'.repeat(61)]: 'timestamp' }, 'a column name of 64 bytes; shorten'],
    ['56 letters that become 69', { [`${'a'.repeat(30)}${'Bc'.repeat(13)}`]: 'text' }, 'a column name of 69 bytes'],
    ['a digit first', { '1st': 'text' }, 'letters, digits and underscores, a letter first'],
    ['a line break behind', { 'a\n': 'text' }, 'letters, digits and underscores'],
    ['a quote', { 'a"': 'text' }, 'letters, digits and underscores'],
    ['no type', { a: undefined }, 'is nothing; give one of text, integer'],
    ['a type that is none', { a: 'date' }, 'a string of 4 characters; give one of text, integer'],
  ])('of %s are refused by the property, with the remedy', (_, columns, message) => {
    const [property] = Object.keys(columns)
    expect(problemsOf(columns)).toEqual({ [`columns.${property}`]: expect.stringContaining(message) })
  })

  it('that would be one are refused at the second, which names the first', () => {
    expect(problemsOf({ orderID: 'text', order_id: 'text' })).toEqual({
      'columns.order_id': 'needs the column order_id, which is that of columns.orderID; rename one',
    })
  })

  it('are of any of six types', () => {
    const columns = { a: 'text', b: 'integer', c: 'number', d: 'boolean', e: 'timestamp', f: 'json' }
    expect(problemsOf(columns)).toEqual({})
  })

  it('are refused by the first hundred characters of a property', () => {
    expect(Object.keys(problemsOf({ ['-'.repeat(101)]: 'text' }))).toEqual([`columns.${'-'.repeat(100)}`])
  })

  it('that fit to the last letter are taken', () => {
    const columns = { ['a'.repeat(63)]: 'text', ['b'.repeat(60)]: 'timestamp', a_us: 'text', a: 'number' }
    expect(problemsOf(columns)).toEqual({})
  })

  it('are at most 500', () => {
    expect(problemsOf(texts(500))).toEqual({})
    expect(problemsOf(texts(501))).toEqual({ columns: expect.stringContaining('has 501 columns; at most 500') })
  })

  it('are at least one', () => {
    for (const none of [{}, [], ['text'], null, 'text', new Map([['a', 'text']])])
      expect(problemsOf(none).columns).toMatch(/names no column; give \S/)
  })

  it('are told all their problems at once', () => {
    const columns = { 'a b': 'date', ['a'.repeat(64)]: 'text', orderId: 'text', order_id: 'text' }
    expect(Object.keys(problemsOf(columns))).toEqual(['columns.a b', `columns.${'a'.repeat(64)}`, 'columns.order_id'])
  })

  it('are a copy: what the caller changes afterwards is not what was checked', () => {
    const columns: Record<string, ShapeColumn> = { amount: 'number' }
    const accepted = acceptShape({ name: 'refund', schema, columns })
    columns['"; drop'] = 'text'
    expect(accepted.columns).toEqual({ amount: 'number' })
  })
})
