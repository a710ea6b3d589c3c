import type { Strictness } from '../src/rules/clean-json.js'
import { Fields } from '../src/rules/fields.js'
import { fieldsRepaired, fieldsTold } from './refused-fields.js'

export const of = (x: unknown, mode: Strictness = 'strict') => new Fields('thing', { x }, ['x'], mode)

/** What a reader makes of a value: what is kept, what is wrong, what was repaired. */
export function readAs(value: unknown, read: (fields: Fields) => unknown, mode: Strictness = 'strict') {
  const fields = of(value, mode)
  const kept = read(fields)
  return { kept, problems: fieldsTold(fields.problems).length, repairs: fieldsRepaired(fields.repairs).length }
}
export const kept = (value: unknown) => ({ kept: value, problems: 0, repairs: 0 })
export const refused = { kept: undefined, problems: 1, repairs: 0 }
