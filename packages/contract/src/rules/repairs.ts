import type { Repair } from '../json.js'

/** Most marks of one value, which are kept with it, before one says that there are others. */
export const MAX_REPAIRS = 100

/** Says of a value that it has other marks than those that are told. */
export function othersOf(field: string): Repair {
  return { field, reason: `and others: only ${MAX_REPAIRS} are told` }
}

/** Each mark once, in one order: a record that is told again, or merged with itself, has the same marks. */
export function distinctRepairs(repairs: readonly Repair[]): Repair[] {
  if (repairs.length < 2) return [...repairs]
  const byText = new Map(repairs.map((repair) => [textOf(repair), repair]))
  return [...byText.keys()].sort().map((text) => byText.get(text)!)
}

/**
 * The fields among `given` of which a change says something new: their value is another, or it was repaired where the stored
 * one was not. What was read and is given back changes nothing, and keeps its marks.
 */
export function changedFields(
  given: readonly string[],
  isSame: (field: string) => boolean,
  before: readonly Repair[] | undefined,
  fresh: readonly Repair[] | undefined,
): string[] {
  const known = new Set(before?.map(textOf))
  const marked = new Set((fresh ?? []).filter((repair) => !known.has(textOf(repair))).map(fieldOf))
  return given.filter((field) => !isSame(field) || marked.has(field))
}

/** The marks of a row whose `changed` fields were set anew: theirs go, `fresh` ones of theirs come. */
export function marksAfter(
  before: readonly Repair[] | undefined,
  changed: readonly string[],
  fresh: readonly Repair[] | undefined,
): { repairs?: Repair[] } {
  const kept = (before ?? []).filter((repair) => !changed.includes(fieldOf(repair)))
  const come = (fresh ?? []).filter((repair) => changed.includes(fieldOf(repair)))
  const repairs = [...kept, ...come]
  return repairs.length === 0 ? {} : { repairs }
}

function textOf({ field, reason }: Repair): string {
  return `${field} ${reason}`
}

/** The field of the row that a mark is about. */
function fieldOf({ field }: Repair): string {
  return /^\w+/.exec(field)?.[0] ?? field
}
