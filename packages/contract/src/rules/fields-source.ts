import { kindOf } from './kind-of.js'

/** Of what throws when it is looked at. What it threw may hold anything: it is not told, and is no cause. */
export const UNREADABLE = 'cannot be read: something within it throws; give plain data'

/** An untrusted object as it was when it was read: each known field once, so that what was checked is what is used. */
export interface Source {
  values: Readonly<Record<string, unknown>>
  /** The known fields that throw. */
  unreadable: readonly string[]
  /** Its own names, in its order. */
  names: readonly string[]
}

/** A text instead says what is wrong with the object as a whole. */
export function readSource(input: unknown, known: readonly string[]): Source | string {
  try {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return `is ${kindOf(input)}; give an object`
    const names = Object.keys(input)
    const values: Record<string, unknown> = {}
    const unreadable: string[] = []
    let isEmpty = names.length === 0
    for (const field of known) {
      try {
        values[field] = input[field as keyof typeof input]
        isEmpty &&= values[field] === undefined
      } catch {
        unreadable.push(field)
      }
    }
    // A Map, a Date, a promise that nobody awaited: what it holds would be dropped without a word.
    if (isEmpty && kindOf(input) !== 'an object') return `is ${kindOf(input)}; give an object`
    return { values, unreadable, names }
  } catch {
    return UNREADABLE
  }
}

/** False of a property that is `undefined`, as of one that is absent. */
export function isGiven(input: object, name: string): boolean {
  try {
    return input[name as keyof typeof input] !== undefined
  } catch {
    return true
  }
}

/** The items of an array, a hole as `undefined`; a text instead says what is wrong with it as a whole. */
export function readItems(value: unknown, most: number, what: string): unknown[] | string {
  try {
    if (Array.isArray(value) && value.length <= most) return Array.from(value)
    return `is ${kindOf(value)}; give an array of at most ${most} ${what}`
  } catch {
    return UNREADABLE
  }
}

/** As {@link kindOf}, of a proxy that throws too. */
export function shownKind(value: unknown): string {
  try {
    return kindOf(value)
  } catch {
    return 'an object that cannot be read'
  }
}

/** As `Array.isArray`, false of a proxy that throws. */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
