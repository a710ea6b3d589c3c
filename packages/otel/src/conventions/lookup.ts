import { type Json, type JsonObject, MAX_DEPTH, type SpanEvent } from '@freehold/contract'
import { type Source, SPAN_NAME } from './dialect.js'
import { nested } from './nested.js'
import { jsonIn } from './readers.js'
import { MAX_COPY, type Room } from './room.js'
import { isPresent } from './table.js'

/** What a span tells: its own attributes and those of its events. */
export interface Told {
  name: string
  attributes: JsonObject
  events: readonly SpanEvent[]
  /** For what is read of it. */
  room: Room
}

/** What `read` makes of the first of `sources` that holds something it can use and there is room for, or nothing. */
export function lookUp<T>(told: Told, sources: readonly Source[], read: (value: Json) => T | undefined): T | undefined {
  for (const source of sources) {
    const value = valueAt(told, source)
    if (!isPresent(value) || !fits(value!)) continue
    const usable = read(value!)
    if (usable !== undefined && told.room.take(usable)) return usable
  }
  return undefined
}

function valueAt({ name, attributes, events }: Told, source: Source): Json | undefined {
  if (source === SPAN_NAME) return name
  if (typeof source === 'string') return attributes[source]
  if ('seconds' in source) {
    const seconds = attributes[source.seconds]
    const isNumber = isPresent(seconds) && (typeof seconds === 'number' || typeof seconds === 'string')
    return isNumber ? Number(seconds) * 1000 : undefined
  }
  if ('json' in source) return within(attributes[source.json], source.at)
  if ('event' in source) {
    return events.find((event) => event.name === source.event)?.attributes?.[source.attribute]
  }
  if ('messages' in source) {
    const messages = events.filter((event) => source.messages.includes(event.name))
    return messages.length === 0 ? undefined : messages.map((event) => ({ event: event.name, ...event.attributes }))
  }
  const items = numbered(attributes, `${source.numbered}.`)
  const { item } = source
  return item === undefined ? items : items?.map((one) => one[item] ?? null)
}

/** An attribute may also be the object itself. */
function within(json: Json | undefined, at: readonly string[]): Json | undefined {
  let value = typeof json === 'string' && json.length <= MAX_COPY ? jsonIn(json) : json
  for (const name of at) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as JsonObject)[name]
  }
  return value
}

/** `{ 'p.0.role': 'user', 'p.0.content': 'hi' }` is `[{ role: 'user', content: 'hi' }]`. Gaps are closed. */
function numbered(attributes: JsonObject, prefix: string): JsonObject[] | undefined {
  const items = new Map<number, [string, Json][]>()
  for (const key of Object.keys(attributes)) {
    const match = key.startsWith(prefix) ? /^(\d{1,6})\.(.+)$/.exec(key.slice(prefix.length)) : null
    if (match === null) continue
    const index = Number(match[1])
    const entry: [string, Json] = [match[2]!, attributes[key]!]
    const entries = items.get(index)
    if (entries === undefined) items.set(index, [entry])
    else entries.push(entry)
  }
  if (items.size === 0) return undefined
  return [...items].sort(([a], [b]) => a - b).map(([, entries]) => nested(entries))
}

/** Text is cut by the store where it is too long, and takes no more room than that; a structure can only be left out. */
function fits(value: Json): boolean {
  return typeof value !== 'object' || roomAfter(value, MAX_COPY, 0) >= 0
}

/** Negative when the value is larger than `room`, or nested deeper than a store takes. */
function roomAfter(value: Json | undefined, room: number, depth: number): number {
  if (typeof value === 'string') return room - value.length
  if (typeof value !== 'object' || value === null) return room - 8
  if (depth >= MAX_DEPTH) return -1
  let left = room - 2
  for (const key of Object.keys(value)) {
    if (left < 0) break
    left = roomAfter((value as JsonObject)[key], left - key.length, depth + 1)
  }
  return left
}
