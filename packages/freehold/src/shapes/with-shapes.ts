import {
  type AuditEntry,
  type AuditInput,
  type AuditQuery,
  type AuditStore,
  type Page,
  type PageRequest,
  type Shape,
  StoreError,
} from '@freehold/contract'
import type { Markable, Opened } from '../sealing/personal.js'
import type { SealedAudit } from '../sealing/with-sealing.js'
import type { TypedShape } from './define-shape.js'

/** An entry to be appended: of one of the shapes, whose data it then has, or of none. */
export type ShapedInput<Shapes extends TypedShape, Audit = AuditStore> =
  | (Omit<AuditInput, 'shape'> & { shape?: undefined })
  | (Shapes extends TypedShape<infer Name, infer Data>
      ? Omit<AuditInput, 'shape' | 'data'> & {
          shape: Name
          data: Audit extends SealedAudit ? Markable<Data> : Data
        }
      : never)

/**
 * An entry of one of the shapes, as it is read. A field that was added to the schema is missing in entries of before: add it as
 * an optional one, and the type says so.
 */
export type ShapedEntry<Shapes extends TypedShape, Audit = AuditStore> =
  Shapes extends TypedShape<infer Name, infer Data>
    ? Omit<AuditEntry, 'shape' | 'data'> & { shape: Name; data: Audit extends SealedAudit ? Opened<Data> : Data }
    : never

/**
 * An audit whose `append` and `read` know shapes. It is the same store: what is typed here costs nothing. Of one that seals, any
 * value may be given marked as personal, and read as erased.
 */
export type ShapedAudit<Shapes extends TypedShape, Audit extends AuditStore = AuditStore> = Omit<
  Audit,
  'append' | 'read'
> & {
  /** Of shapes alone, so that literals of their data stay what they are where `shape` is spread into an entry. */
  append(entries: readonly Exclude<ShapedInput<Shapes, Audit>, { shape?: undefined }>[]): Promise<AuditEntry[]>
  append(entries: readonly ShapedInput<Shapes, Audit>[]): Promise<AuditEntry[]>
  /** Of one shape, its data typed. */
  read<Name extends Shapes['name']>(
    query: AuditQuery & { shape: Name },
    page?: PageRequest,
  ): Promise<Page<ShapedEntry<Extract<Shapes, { name: Name }>, Audit>>>
  read(query?: AuditQuery & { shape?: undefined }, page?: PageRequest): Promise<Page<AuditEntry>>
}

/**
 * Makes shapes known to an audit, as `define` does one by one, and to TypeScript. To be called by every process that appends, when
 * it starts: where the views are there, rights for rows are enough. Defining a shape with other columns changes its view alone.
 *
 * @throws StoreError `invalid` when two of the shapes have one name, before any is defined
 * @throws StoreError what `define` throws; the shapes before it are defined
 */
export async function withShapes<Shapes extends TypedShape, Audit extends AuditStore>(
  audit: Audit,
  shapes: readonly Shapes[],
): Promise<ShapedAudit<Shapes, Audit>> {
  const names = shapes.map(({ name }) => name)
  const twice = names.flatMap((name, index) => (names.indexOf(name) === index ? [] : [{ name, index }]))
  if (twice.length > 0)
    throw StoreError.invalid(
      'shapes',
      twice.map(({ name, index }) => ({ field: `shapes[${index}]`, message: `is called ${name}, as another is` })),
    )
  for (const shape of shapes) await audit.define(shape as Shape)
  return audit as unknown as ShapedAudit<Shapes, Audit>
}
