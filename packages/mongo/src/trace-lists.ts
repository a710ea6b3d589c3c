import { afterPrefix, type SpanQuery, type TraceQuery, toMicroseconds } from '@freehold/contract'
import type { Document } from 'mongodb'
import { whereLabelled } from './documents/labels.js'
import { whereNamed } from './documents/names.js'
import { spansOfTrace } from './documents/traces.js'
import { allOf, whereBetween, whereEqual } from './listing.js'

/** Traces that meet these filters. */
export function tracesThat(tenant: string, { kind, model, tool, labels, ...query }: TraceQuery): Document {
  const has = {
    ...(kind === undefined ? {} : { [`kinds.${kind}`]: { $exists: true } }),
    ...(model === undefined ? {} : { models: whereNamed(model) }),
    ...(tool === undefined ? {} : { tools: whereNamed(tool) }),
  }
  // Every trace has a start: the index by time asks to be told.
  const own = { '_id.tenant': tenant, startedAt: { $gte: new Date(0) } }
  return allOf(own, has, ...whereLabelled(labels), ...conditions(query))
}

/** Spans that meet these filters. */
export function spansThat(tenant: string, { traceId, kind, model, tool, ...query }: SpanQuery): Document {
  const own = traceId === undefined ? { '_id.tenant': tenant } : spansOfTrace(tenant, traceId)
  return allOf(own, whereEqual({ kind, model, tool }), ...conditions(query))
}

function conditions({ from, to, minDuration, namePrefix, ...equal }: SpanQuery): Document[] {
  return [
    whereEqual(equal),
    ...whereBetween('startedAt', { from, to }),
    ...(minDuration === undefined ? [] : [{ durationUs: { $gte: toMicroseconds(minDuration) } }]),
    // A range of names is case-sensitive and has no wildcards to escape.
    ...(namePrefix === undefined ? [] : [{ name: withPrefix(namePrefix) }]),
  ]
}

function withPrefix(prefix: string): Document {
  const after = afterPrefix(prefix)
  return after === undefined ? { $gte: prefix } : { $gte: prefix, $lt: after }
}
