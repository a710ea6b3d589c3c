import type { SpanDetails, SpanKind } from '../span.js'
import { DETAIL_FIELDS, type DetailField, MAX_COST, MAX_COUNT } from './detail-fields.js'
import { Fields } from './fields.js'
import { isArray } from './fields-source.js'
import { hasToJson, isPlain } from './own-json.js'

/**
 * Reads the detail of a span. A field of the wrong type is left out and the span says so: the raw attributes still hold
 * what came.
 */
export function detailOf<K extends SpanKind>(fields: Fields, kind: K): SpanDetails[K] | undefined {
  if (!fields.has('detail') || fields.clears('detail')) return undefined
  if (kind === 'other') return unlessEmpty(fields.object('detail')) as SpanDetails[K] | undefined
  const types = DETAIL_FIELDS[kind as Exclude<SpanKind, 'other'>] as Record<string, DetailField>
  const detail = new Fields(`detail of ${kind}`, givenIn(fields), Object.keys(types), 'lenient', 'detail')
  detail.budget = fields.budget
  fields.take({ problems: detail.problems.splice(0), repairs: [] })
  const read: Record<string, unknown> = {}
  for (const name of Object.keys(types)) {
    const value = fieldOf(detail, name, types[name]!)
    if (value !== undefined) read[name] = value
  }
  const leftOut = detail.problems.map(({ field, message }) => ({ field, reason: `${message}; left out` }))
  fields.take({ problems: [], repairs: detail.repairs.concat(leftOut) })
  return unlessEmpty(read) as SpanDetails[K] | undefined
}

/** What has a class, such as a Map, is what its JSON is, and left out where that is no object: none is dropped without a word. */
function givenIn(fields: Fields): unknown {
  const given = fields.raw('detail')
  if (typeof given !== 'object' || given === null || isArray(given)) return given
  return isPlain(given) && !hasToJson(given) ? given : (fields.object('detail') ?? {})
}

/** A detail that tells nothing is absent: merged with another record, it would be. */
function unlessEmpty<T extends object>(detail: T | undefined): T | undefined {
  return detail === undefined || Object.keys(detail).length === 0 ? undefined : detail
}

function fieldOf(detail: Fields, name: string, type: DetailField): unknown {
  switch (type) {
    case 'name':
      return detail.name(name)
    case 'count':
      return detail.integer(name, 0, MAX_COUNT)
    case 'number':
      return detail.number(name)
    case 'cost':
      return costOf(detail)
    case 'traceId':
      return detail.hex(name, 32)
    case 'json':
      return detail.json(name)
    case 'list': {
      const value = detail.raw(name)
      if (value === undefined || value === null) return undefined
      return isArray(value) ? detail.json(name) : detail.wrong(name, value, 'give an array')
    }
    default:
      return detail.choice(name, type)
  }
}

function costOf(detail: Fields): number | undefined {
  const cost = detail.number('cost')
  if (cost === undefined || (cost >= 0 && cost <= MAX_COST)) return cost
  return detail.problem('cost', `is out of range; give US dollars from 0 to ${MAX_COST}`)
}
