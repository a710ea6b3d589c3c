import { describe, expect, test } from 'vitest'
import type { AuditInput, Shape } from '../src/audit.js'
import { acceptEntries } from '../src/rules/accept-audit.js'
import { fieldsOfCall } from './refused-fields.js'

const NOW = 1000
const shapeOf = (validate: (value: unknown) => unknown): Shape => ({
  name: 'note',
  columns: { text: 'text' },
  schema: { '~standard': { version: 1, vendor: 'test', validate: validate as never } },
})
const shapes = (validate: (value: unknown) => unknown = (value) => ({ value })) =>
  new Map([['note', shapeOf(validate)]])
const entry = (fields: object = {}): AuditInput => ({ id: 'e', actor: 'ann', action: 'noted', ...fields })
const accept = (entries: readonly AuditInput[], known = shapes()) => acceptEntries(entries, known, NOW)

describe('an entry of a shape', () => {
  test('is asked of its validator, which sees the data', async () => {
    const seen: unknown[] = []
    const known = shapes((value) => {
      seen.push(value)
      return { value }
    })
    await accept([entry({ shape: 'note', data: { a: 1 } }), entry(), entry({ shape: 'note' })], known)
    expect(seen).toEqual([{ a: 1 }, undefined])
  })

  test('is not what its validator makes of it', async () => {
    const known = shapes((value) => {
      Object.assign(value as object, { a: 2 })
      return { value: { a: 3 } }
    })
    const [accepted] = await accept([entry({ shape: 'note', data: { a: 1 } })], known)
    expect(accepted?.data).toEqual({ a: 1 })
  })

  test.each<[unknown, string]>([
    [undefined, 'data'],
    [[], 'data'],
    [['a', 0, { key: 'b' }], 'data.a.0.b'],
  ])('is refused at the path %j', async (path, field) => {
    const known = shapes(async () => ({ issues: [{ message: 'secret', path }] }))
    expect(await fieldsOfCall(accept([entry({ shape: 'note', data: {} })], known))).toEqual([`entries[0].${field}`])
  })

  test.each<[string, object | undefined, unknown[] | undefined, string]>([
    ['of a column', { text: 5 }, ['text'], 'does not fit the shape note, which shows a string there; see its schema'],
    [
      'that is not there',
      {},
      ['text'],
      'is missing in data of the shape note, which shows a string there; see its schema',
    ],
    ['within', { text: { a: 1 } }, ['text', 'a'], 'does not fit the shape note; see its schema'],
    ['that is not there within', { text: 'x' }, ['text', 'a'], 'is missing in data of the shape note; see its schema'],
    ['of no column', { constructor: 1 }, ['constructor'], 'does not fit the shape note; see its schema'],
    ['as a whole', { text: 'x' }, undefined, 'does not fit the shape note; see its schema'],
    ['that is none', undefined, [], 'is missing in data of the shape note; see its schema'],
  ])('is refused with what its column shows: data %s', async (_, data, path, message) => {
    const known = shapes(() => ({ issues: [{ message: 'secret', path }] }))
    const refused = accept([entry({ shape: 'note', ...(data && { data }) })], known)
    await expect(refused).rejects.toMatchObject({ problems: [{ message }] })
  })

  test('is refused without the words of its validator, which may quote the data', async () => {
    const known = shapes(() => ({ issues: [{ message: 'secret' }] }))
    await expect(accept([entry({ shape: 'note', data: {} })], known)).rejects.toThrow(/^((?!secret)[\s\S])*$/)
  })

  test.each<[string, string[], string]>([
    ['none', [], 'none yet'],
    ['one', ['note'], 'note'],
    ['two', ['note', 'refund'], 'note, refund'],
  ])('that was not defined is told of those that were: %s', async (_, names, told) => {
    const known = new Map(names.map((name) => [name, shapeOf((value) => ({ value }))]))
    const message = `was not defined; call audit.define first (defined: ${told})`
    await expect(accept([entry({ shape: 'other' })], known)).rejects.toMatchObject({
      problems: [{ field: 'entries[0].shape', message }],
    })
  })
})

test.each<[string, (value: unknown) => unknown]>([
  [
    'throws',
    () => {
      throw new Error('secret')
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret'))],
  ['answers nothing', () => undefined],
  ['answers nonsense', () => ({ issues: {} })],
])('a validator that %s is told as a fault of its shape', async (_, validate) => {
  expect(await fieldsOfCall(accept([entry({ shape: 'note', data: { text: 'x' } })], shapes(validate)))).toEqual([
    'entries[0].shape',
  ])
})
