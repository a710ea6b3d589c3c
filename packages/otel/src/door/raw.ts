import type { Json, JsonObject, SpanEvent, SpanLink } from '@freehold/contract'
import type { Kept } from '../kept.js'
import type { RawSpan } from '../normalise.js'
import { type Change, changed, changedObject } from './texts.js'

/**
 * All that a span says, changed. What does not change is the same object as before.
 *
 * @param shared does the same to what many spans have
 */
export function rawWith(
  raw: RawSpan,
  change: Change,
  shared: (object: JsonObject) => JsonObject = (object) => changedObject(object, change),
): RawSpan {
  const { name, statusMessage, kept, attributes, events, links, resource, scope } = raw
  return {
    ...raw,
    name: textOf(name, 'name', change),
    statusMessage: statusMessage === undefined ? undefined : messageOf(statusMessage, change),
    kept: kept && (changedObject(kept as JsonObject, change) as Kept),
    attributes: changedObject(attributes, change),
    events: events.map(
      (event): SpanEvent => ({
        ...event,
        name: textOf(event.name, 'name', change),
        ...attributesOf(event, change),
      }),
    ),
    links: links.map((link): SpanLink => ({ ...link, ...attributesOf(link, change) })),
    resource: resource && shared(resource),
    scope: scope && shared(scope),
  }
}

function textOf(text: string, key: string, change: Change): string {
  const after: Json = changed(text, key, change)
  return typeof after === 'string' ? after : String(after)
}

/** The names under which it is kept, or comes again. */
const OF_MESSAGE = ['otel.status_description', 'exception.message']

function messageOf(text: string, change: Change): string {
  const instead = OF_MESSAGE.map(change.named).find((value) => value !== undefined)
  return instead === undefined ? textOf(text, 'message', change) : String(instead)
}

function attributesOf({ attributes }: { attributes?: JsonObject }, change: Change): { attributes?: JsonObject } {
  return attributes === undefined ? {} : { attributes: changedObject(attributes, change) }
}
