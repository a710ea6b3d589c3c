import type { Shape, ShapeColumn } from '../audit.js'
import { Fields } from './fields.js'
import { UNREADABLE } from './fields-source.js'
import { kindOf } from './kind-of.js'
import { shownName } from './text.js'
import { columnNameOf, MAX_COLUMN_NAME, restColumnOf } from './view-columns.js'
import { isOwnName } from './view-name.js'

const COLUMN_TYPES: readonly ShapeColumn[] = ['text', 'integer', 'number', 'boolean', 'timestamp', 'json']
/** Most columns of one shape: what every engine shows in one view. */
const MAX_COLUMNS = 500

/** A copy of the shape: what was checked is what is used. @throws StoreError `invalid` */
export function acceptShape(shape: Shape): Shape {
  const fields = new Fields('shape', shape, ['name', 'schema', 'columns'])
  const name = fields.required('name', fields.name('name'), 'name the shape')
  if (name !== undefined && !/^[a-z][a-z0-9_]{0,35}$/.test(name))
    fields.problem(
      'name',
      'cannot be part of the name of a view; give at most 36 lower-case letters, digits and underscores, a letter first',
    )
  else if (name !== undefined && isOwnName(name))
    fields.problem('name', 'is kept for what the audit has of its own beside the views of shapes; give another')
  const schema = fields.raw('schema') as Shape['schema'] | undefined
  const validate = unlessItThrows(fields, 'schema', () => schema?.['~standard']?.validate)
  if (typeof validate !== 'function' && validate !== UNREADABLE)
    fields.problem('schema', 'is not a Standard Schema validator; give one of zod, valibot, arktype, …')
  const columns = columnsOf(fields)
  fields.done()
  return { name, schema: schema!, columns }
}

function columnsOf(fields: Fields): Record<string, ShapeColumn> {
  const given = fields.raw('columns')
  const columns = unlessItThrows(fields, 'columns', () => copyOf(given))
  if (columns === UNREADABLE) return {}
  const count = Object.keys(columns).length
  if (count === 0) fields.problem('columns', 'names no column; give the properties of data and their types')
  if (count > MAX_COLUMNS)
    fields.problem('columns', `has ${count} columns; at most ${MAX_COLUMNS} are shown, gather the rest in one of json`)
  else checkColumns(fields, columns)
  return columns
}

function copyOf(columns: unknown): Record<string, ShapeColumn> {
  return typeof columns === 'object' && !Array.isArray(columns) ? { ...columns } : {}
}

/** What a getter throws may hold anything: it is told by its field alone. */
function unlessItThrows<T>(fields: Fields, field: string, read: () => T): T | typeof UNREADABLE {
  try {
    return read()
  } catch {
    fields.problem(field, UNREADABLE)
    return UNREADABLE
  }
}

/** Every problem by the path of its property. */
function checkColumns(fields: Fields, columns: Readonly<Record<string, ShapeColumn>>): void {
  const taken = new Map<string, string>()
  for (const [property, type] of Object.entries(columns)) {
    const problem = (message: string) => fields.problem(`columns.${shownName(property)}`, message)
    if (!COLUMN_TYPES.includes(type)) problem(`is ${kindOf(type)}; give one of ${COLUMN_TYPES.join(', ')}`)
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(property)) {
      problem('cannot name a column; rename the property: letters, digits and underscores, a letter first')
      continue
    }
    const name = columnNameOf(property)
    const names = type === 'timestamp' ? [name, restColumnOf(name)] : [name]
    const long = names.find(({ length }) => length > MAX_COLUMN_NAME)
    const other = names.find((one) => taken.has(one))
    if (long !== undefined)
      problem(`needs a column name of ${long.length} bytes; shorten the property, at most ${MAX_COLUMN_NAME} fit`)
    else if (other !== undefined)
      problem(`needs the column ${other}, which is that of columns.${taken.get(other)}; rename one`)
    else for (const one of names) taken.set(one, property)
  }
}
