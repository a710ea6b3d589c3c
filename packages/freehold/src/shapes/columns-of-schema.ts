import type { ShapeColumn } from '@freehold/contract'
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

type JsonSchema = Readonly<Record<string, unknown>>

/** The properties of data as a schema tells them. */
export interface KnownColumns {
  columns: Readonly<Record<string, ShapeColumn>>
  /** True where data may have properties that are not among them. */
  open: boolean
}

/**
 * What a schema tells of its properties, by Standard JSON Schema (https://standardschema.dev/json-schema), of what it is given:
 * that is what is stored. Nothing where the library does not say it, or cannot.
 */
export function columnsOfSchema(schema: StandardSchemaV1): KnownColumns | undefined {
  try {
    const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
    const told = jsonSchema?.input({ target: 'draft-2020-12' })
    return told === undefined ? undefined : knownIn(told)
  } catch {
    return undefined
  }
}

function knownIn(root: JsonSchema): KnownColumns | undefined {
  const objects = partsOf(root, root).filter((part) => isSchema(part.properties))
  if (objects.length === 0) return undefined
  const columns = new Map<string, ShapeColumn>()
  for (const { properties } of objects)
    for (const [name, property] of Object.entries(properties as JsonSchema)) {
      const type = typeOf(property, root)
      const known = columns.get(name)
      columns.set(name, known === undefined ? type : common([known, type]))
    }
  const open = objects.some(
    ({ additionalProperties: more, patternProperties: like }) => like !== undefined || (more ?? false) !== false,
  )
  return { columns: Object.fromEntries(columns), open }
}

/** A schema that is one of several, or several at once, as those, each once: its references followed. */
function partsOf(schema: unknown, root: JsonSchema, seen = new Set<JsonSchema>()): JsonSchema[] {
  if (!isSchema(schema) || seen.has(schema)) return []
  seen.add(schema)
  const { $ref, anyOf, oneOf, allOf } = schema
  const others = [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : []))
  const referred = typeof $ref === 'string' ? [targetOf($ref, root)] : []
  return [schema, ...[...others, ...referred].flatMap((part) => partsOf(part, root, seen))]
}

/** Of a reference within the schema, such as `#/$defs/Address`. */
function targetOf(reference: string, root: JsonSchema): unknown {
  const [start, ...steps] = reference.split('/')
  if (start !== '#') return undefined
  const keys = steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
  return keys.reduce<unknown>((at, key) => (isSchema(at) ? at[key] : undefined), root)
}

function typeOf(property: unknown, root: JsonSchema): ShapeColumn {
  const types = partsOf(property, root).flatMap(typesIn)
  return types.length === 0 ? 'json' : common(types)
}

/** Null fits every column: it says nothing of the type. */
function typesIn({ type, const: only, enum: values }: JsonSchema): ShapeColumn[] {
  const named = (Array.isArray(type) ? type : [type]).filter((each) => each !== undefined && each !== 'null')
  if (named.length > 0) return named.map((each) => COLUMNS[String(each)] ?? 'json')
  const given = [...(Array.isArray(values) ? values : []), ...(only === undefined ? [] : [only])]
  return given.filter((value) => value !== null).map((value) => COLUMNS[typeof value] ?? 'json')
}

const COLUMNS: Readonly<Record<string, ShapeColumn>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
}

/** One type that shows all values of several. */
function common(types: readonly ShapeColumn[]): ShapeColumn {
  const [first, ...others] = new Set(types)
  if (others.length === 0) return first!
  return types.every((type) => type === 'integer' || type === 'number') ? 'number' : 'json'
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
