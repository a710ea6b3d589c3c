import {
  acceptShape,
  compact,
  Fields,
  type Json,
  type Problem,
  type Shape,
  type ShapeColumn,
  StoreError,
  shownName,
} from '@freehold/contract'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { columnsOfSchema } from './columns-of-schema.js'

/** A shape that TypeScript knows: `Data` is what an entry of it is given, which is what is stored and read. */
export interface TypedShape<Name extends string = string, Data = unknown> extends Shape {
  readonly name: Name
  readonly schema: StandardSchemaV1<Data>
}

export interface ShapeOptions<Data> {
  /**
   * Columns of the view, by the property they show: the type of one that the schema does not tell as you want it (a time is a
   * `number` to it, and here a `timestamp`), or `false` to show none. All of them where the schema's library does not say what
   * properties there are (it does where it speaks Standard JSON Schema: zod 4.2, arktype 2.1.28, valibot with
   * `toStandardJsonSchema` of `@valibot/to-json-schema`).
   */
  columns?: { readonly [Property in Extract<keyof Data, string>]?: ShapeColumn | false }
}

/** What of a type can be stored as JSON; of a date, a map or a function, nothing. */
type Stored<T> = unknown extends T
  ? T
  : T extends Json | undefined
    ? T
    : T extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ((...args: never[]) => unknown)
      ? never
      : T extends object
        ? { [Key in keyof T]: Stored<T[Key]> }
        : never

/** Data is stored as it is given, so what a schema is given must be JSON; what it makes of it is not looked at. */
type OfJson<Schema extends StandardSchemaV1> =
  StandardSchemaV1.InferInput<Schema> extends Stored<StandardSchemaV1.InferInput<Schema>> & object
    ? Schema
    : { 'the input of this schema is not an object of JSON': never }

/**
 * An audit table of your own: entries of this shape fit the schema, and are rows of the view `<prefix>audit_<name>`. To be given
 * to `withShapes`, which makes it known to a store; this touches none.
 *
 * @throws StoreError `invalid` when the shape could not be defined on every engine, or its columns cannot be told
 */
export function defineShape<const Name extends string, Schema extends StandardSchemaV1>(
  name: Name,
  schema: Schema & OfJson<Schema>,
  options: ShapeOptions<StandardSchemaV1.InferInput<Schema>> = {},
): TypedShape<Name, StandardSchemaV1.InferInput<Schema>> {
  const fields = new Fields('shape', options, ['columns'])
  const given = (fields.raw('columns') ?? {}) as Record<string, ShapeColumn | false>
  if (typeof given !== 'object' || Array.isArray(given))
    fields.problem('columns', 'is no object; give the properties of data and their types')
  fields.done()
  const told = compact(given)
  const known = columnsOfSchema(schema)
  const problems = known === undefined || known.open ? [] : strangers(told, Object.keys(known.columns))
  const columns = Object.entries({ ...known?.columns, ...told }).filter(([, type]) => type !== false)
  const shape = { name, schema, columns: Object.fromEntries(columns) as Shape['columns'] }
  const accepted = accept(shape, problems, known === undefined)
  return accepted as TypedShape<Name, StandardSchemaV1.InferInput<Schema>>
}

/** @throws StoreError `invalid`, with these problems and those of the shape */
function accept(shape: Shape, problems: readonly Problem[], untold: boolean): Shape {
  const all = [...problems]
  try {
    const accepted = acceptShape(shape)
    if (all.length === 0) return accepted
  } catch (error) {
    if (!StoreError.is(error, 'invalid')) throw error
    all.push(...error.problems.map((problem) => (untold && problem.field === UNTOLD.field ? UNTOLD : problem)))
  }
  throw StoreError.invalid('shape', all)
}

const UNTOLD: Problem = {
  field: 'columns',
  message:
    'are not told by the schema, which speaks no Standard JSON Schema or has what JSON cannot be; give each property of data and its type',
}

function strangers(given: object, known: readonly string[]): Problem[] {
  const message = `is no property of the schema; those are ${known.map(shownName).join(', ')}`
  const strange = Object.keys(given).filter((property) => !known.includes(property))
  return strange.map((property) => ({ field: `columns.${shownName(property)}`, message }))
}
