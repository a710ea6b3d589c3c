import type { Shape, ShapeColumn } from '../audit.js'
import type { Problem } from '../errors.js'
import type { JsonObject } from '../json.js'
import { MAX_DEPTH } from './clean-json.js'
import { shownName } from './text.js'

/** A path as a validator tells it. */
type IssuePath = readonly (PropertyKey | { key: PropertyKey })[] | undefined

/** What a column shows; one of JSON shows anything. */
const SHOWN: Readonly<Record<ShapeColumn, string | undefined>> = {
  text: 'a string',
  integer: 'a whole number up to 2^53 - 1 either way',
  number: 'a number',
  boolean: 'true or false',
  timestamp: 'a time in milliseconds since 1970',
  json: undefined,
}

/**
 * What is told of data that a validator refuses at a path: whether it is there, and what the column of a property shows. The words of
 * the validator are not passed on, since they may quote the data.
 */
export function unfitData({ name, columns }: Shape, data: JsonObject | undefined, path: IssuePath): Problem {
  // Cut where no data goes: a validator may say anything.
  const steps = (path ?? []).slice(0, MAX_DEPTH).map((step) => String(typeof step === 'object' ? step.key : step))
  const field = ['data', ...steps.map(shownName)].join('.')
  const [property] = steps
  const column = steps.length === 1 && Object.hasOwn(columns, property!) ? columns[property!] : undefined
  const shown = column && SHOWN[column]
  const wants = shown === undefined ? '' : `, which shows ${shown} there`
  const what = isThere(data, steps) ? 'does not fit the shape' : 'is missing in data of the shape'
  return { field, message: `${what} ${name}${wants}; see its schema` }
}

function isThere(data: unknown, steps: readonly string[]): boolean {
  const [step, ...others] = steps
  if (step === undefined) return data !== undefined
  return (
    typeof data === 'object' && data !== null && Object.hasOwn(data, step) && isThere((data as never)[step], others)
  )
}
