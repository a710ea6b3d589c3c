import { type JsonObject, MAX_SPAN_TEXT } from '@freehold/contract'
import type { RawSpan } from '../normalise.js'
import { cutting, fitted } from './caps.js'
import type { AcceptedDoor } from './options.js'
import { rawWith } from './raw.js'
import { redacting } from './redact.js'
import { type Change, changedObject } from './texts.js'

/** What a span becomes before anything is read of it. */
export type Door = (raw: RawSpan) => RawSpan

/**
 * Takes out what is not to be kept, and cuts what is too long, in this order. What is derived from a span, such as its input or its
 * user, has nothing then that the span has not.
 *
 * @throws Error from the door, where a redaction of the application failed: the span is not to be kept
 */
export function doorOf({ redact, caps }: Pick<AcceptedDoor, 'redact' | 'caps'>): Door {
  const steps = [redacting(redact), caps.value < MAX_SPAN_TEXT ? cutting(caps.value) : undefined]
    .filter((change) => change !== undefined)
    .map(stepOf)
  return (raw) =>
    fitted(
      steps.reduce((span, step) => step(span), raw),
      caps.span,
    )
}

/** Resources and scopes are those of many spans, and looked through once. */
function stepOf(change: Change): Door {
  const known = new WeakMap<JsonObject, JsonObject>()
  const shared = (object: JsonObject): JsonObject => {
    const after = known.get(object) ?? changedObject(object, change)
    known.set(object, after)
    return after
  }
  return (raw) => rawWith(raw, change, shared)
}

/** What a span becomes, or why it is not to be kept. */
export function throughDoor(raw: RawSpan, door: Door): RawSpan | string {
  try {
    return door(raw)
  } catch (error) {
    return (error as Error).message
  }
}
