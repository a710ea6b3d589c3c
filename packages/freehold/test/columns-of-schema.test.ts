import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineShape } from '../src/index.js'

const COLUMNS = {
  order: 'text',
  cents: 'integer',
  rate: 'number',
  urgent: 'boolean',
  lines: 'json',
  currency: 'text',
  note: 'text',
}

const tree: z.ZodType<{ name: string }, { name: string }> = z.lazy(() =>
  z.object({ name: z.string(), children: z.array(tree) }),
)

describe('the columns of a shape', () => {
  it.each([
    [
      'zod',
      () =>
        defineShape(
          'sox',
          z.object({
            order: z.string(),
            cents: z.int(),
            rate: z.number(),
            urgent: z.boolean(),
            lines: z.array(z.string()),
            currency: z.enum(['EUR', 'USD']),
            note: z.string().nullish(),
          }),
        ),
    ],
    [
      'valibot',
      () =>
        defineShape(
          'sox',
          toStandardJsonSchema(
            v.object({
              order: v.string(),
              cents: v.pipe(v.number(), v.integer()),
              rate: v.number(),
              urgent: v.boolean(),
              lines: v.array(v.string()),
              currency: v.picklist(['EUR', 'USD']),
              note: v.nullish(v.string()),
            }),
          ),
        ),
    ],
    [
      'arktype',
      () =>
        defineShape(
          'sox',
          type({
            order: 'string',
            cents: 'number.integer',
            rate: 'number',
            urgent: 'boolean',
            lines: 'string[]',
            currency: '"EUR" | "USD"',
            'note?': 'string | null',
          }),
        ),
    ],
  ])('are told by a schema of %s', (_library, define) => {
    expect(define().columns).toEqual(COLUMNS)
  })

  it.each<[string, z.ZodType<object, object>, Record<string, string>]>([
    ['an integer or a number', z.object({ a: z.union([z.int(), z.number()]) }), { a: 'number' }],
    ['a text or a number', z.object({ a: z.union([z.string(), z.number()]) }), { a: 'json' }],
    ['a literal', z.object({ a: z.literal('x'), b: z.literal(7) }), { a: 'text', b: 'number' }],
    ['anything', z.object({ a: z.unknown(), b: z.any() }), { a: 'json', b: 'json' }],
    ['what is transformed, as it is given', z.object({ a: z.string().transform(Number) }), { a: 'text' }],
    ['what refers to itself', z.object({ a: tree, b: z.string() }), { a: 'json', b: 'text' }],
    [
      'variants',
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), n: z.int() }),
        z.object({ kind: z.literal('b'), n: z.number(), m: z.string() }),
      ]),
      { kind: 'text', n: 'number', m: 'text' },
    ],
    [
      'two at once',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.boolean() })),
      { a: 'text', b: 'boolean' },
    ],
  ])('of %s', (_what, schema, columns) => {
    expect(defineShape('sox', schema as z.ZodType<object, { a: string }>).columns).toEqual(columns)
  })

  it('of a schema that refers to nothing but itself, many times over, are told', () => {
    const itself = { anyOf: Array.from({ length: 8 }, () => ({ $ref: '#/$defs/A' })) }
    const told = { type: 'object', properties: { a: itself, b: { type: 'string' } }, $defs: { A: itself } }
    const validate = (value: unknown) => ({ value: value as { a: string } })
    const jsonSchema = { input: () => told, output: () => told }
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate, jsonSchema } }
    expect(defineShape('sox', schema as never).columns).toEqual({ a: 'json', b: 'text' })
  })

  it('are as they are given where they are', () => {
    const schema = z.object({ order: z.string(), paidAt: z.number(), secret: z.string() })
    const { columns } = defineShape('sox', schema, { columns: { paidAt: 'timestamp', secret: false } })
    expect(columns).toEqual({ order: 'text', paidAt: 'timestamp' })
  })

  it('are those that are given where the schema does not tell', () => {
    const schema = v.object({ order: v.string(), amount: v.number() })
    expect(defineShape('sox', schema, { columns: { amount: 'integer' } }).columns).toEqual({ amount: 'integer' })
  })

  it.each<[string, () => unknown, string[]]>([
    ['a schema that tells nothing', () => defineShape('sox', v.object({ order: v.string() })), ['columns']],
    [
      'a schema that cannot tell',
      () => defineShape('sox', z.object({ a: z.string(), b: z.map(z.string(), z.string()) }) as never),
      ['columns'],
    ],
    [
      'a column of no property',
      () => defineShape('sox', z.object({ a: z.string() }), { columns: { b: 'text' } as object }),
      ['columns.b'],
    ],
    [
      'columns that are a list',
      () => defineShape('sox', z.object({ a: z.string() }), { columns: [] as object }),
      ['columns'],
    ],
    [
      'options of another name',
      () => defineShape('sox', z.object({ a: z.string() }), { column: {} } as object),
      ['column'],
    ],
    ['no column at all', () => defineShape('sox', z.object({})), ['columns']],
    ['a name that no view can have', () => defineShape('SOX', z.object({ a: z.string() })), ['name']],
    ['what is no schema', () => defineShape('sox', {} as never, { columns: {} }), ['schema', 'columns']],
    ['nothing', () => defineShape('sox', undefined as never, { columns: {} }), ['schema', 'columns']],
  ])('are refused for %s, by field', (_what, define, fields) => {
    expect(define).toThrow(
      expect.objectContaining({ code: 'invalid', problems: fields.map((field) => expect.objectContaining({ field })) }),
    )
  })
})
