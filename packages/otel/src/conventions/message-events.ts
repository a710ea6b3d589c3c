import type { Source } from './dialect.js'
import { CONVENTIONS } from './table.js'

/** Names of the events that any span may tell its input or output in, by the table. */
export const MESSAGE_EVENTS: ReadonlySet<string> = new Set(
  CONVENTIONS.dialects
    .filter(({ own }) => !own)
    .flatMap(({ payload: { input = [], output = [] } }) => [...input, ...output].flatMap(eventsIn)),
)

function eventsIn(source: Source): readonly string[] {
  if (typeof source !== 'object' || 'json' in source) return []
  if ('event' in source) return [source.event]
  if ('details' in source) return source.details
  return 'messages' in source ? source.messages : []
}
