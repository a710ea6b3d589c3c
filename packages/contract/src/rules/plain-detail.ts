import type { SpanDetails, SpanKind } from '../span.js'
import { DETAIL_FIELDS, type DetailField, MAX_COST, MAX_COUNT } from './detail-fields.js'
import { MAX_NAME } from './fields.js'
import type { PlainFields } from './plain-fields.js'

const NAMES = new Map(
  Object.entries(DETAIL_FIELDS).map(([kind, types]) => [
    kind,
    { types: Object.entries(types), known: new Set(Object.keys(types)) },
  ]),
)

/** The detail of a span that has nothing odd; one that tells nothing is absent. */
export function plainDetail(fields: PlainFields, kind: SpanKind): SpanDetails[SpanKind] | undefined {
  if (kind === 'other') return unlessEmpty(fields.object('detail'))
  const { types, known } = NAMES.get(kind)!
  return fields.part('detail', known, (detail) => {
    const read: Record<string, unknown> = {}
    let isEmpty = true
    for (const [name, type] of types) {
      const value = fieldOf(detail, name, type)
      if (value === undefined) continue
      read[name] = value
      isEmpty = false
    }
    return isEmpty ? undefined : read
  })
}

function unlessEmpty<T extends object>(detail: T | undefined): T | undefined {
  for (const key in detail) if (detail[key] !== undefined) return detail
  return undefined
}

function fieldOf(detail: PlainFields, name: string, type: DetailField): unknown {
  switch (type) {
    case 'name':
      return detail.text(name, MAX_NAME)
    case 'count':
      return detail.count(name, MAX_COUNT)
    case 'cost':
      return detail.number(name, 0, MAX_COST)
    case 'number':
      return detail.number(name, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    case 'traceId':
      return detail.hex(name, 32)
    case 'json':
      return detail.json(name)
    case 'list':
      return detail.array(name)
    default:
      return detail.choice(name, type)
  }
}
