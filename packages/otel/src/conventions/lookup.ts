import { type Json, type JsonObject, MAX_DEPTH, type SpanEvent } from '@freehold/contract'
import { type Source, SPAN_NAME } from './dialect.js'
import { detailsIn, listed, messageIn } from './messages.js'
import { nested } from './nested.js'
import { structure, toolValue } from './readers.js'
import { MAX_COPY, type Room } from './room.js'
import { isPresent } from './table.js'

/** What a span tells: its own attributes and those of its events. */
export interface Told {
  name: string
  attributes: JsonObject
  events: readonly SpanEvent[]
  /** What JSON is in attributes of which something was read. */
  parsed: Map<string, Json | undefined>
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

function valueAt(told: Told, source: Source): Json | undefined {
  const { name, attributes, events } = told
  if (source === SPAN_NAME) return name
  if (typeof source === 'string') return attributes[source]
  if ('seconds' in source) {
    const seconds = attributes[source.seconds]
    const isNumber = isPresent(seconds) && (typeof seconds === 'number' || typeof seconds === 'string')
    // To the nanosecond: 0.0333 times 1000 is 33.300000000000004.
    return isNumber ? Math.round(Number(seconds) * 1e9) / 1e6 : undefined
  }
  if ('sum' in source) return sumOf(jsonOf(told, source.json), source.sum)
  if ('json' in source && 'messages' in source) return listed(jsonOf(told, source.json), source.messages, source.within)
  if ('json' in source) return within(jsonOf(told, source.json), source.at)
  if ('event' in source) {
    const isMeant = (event: SpanEvent) => event.name === source.event && isPresent(event.attributes?.[source.attribute])
    return events.find(isMeant)?.attributes?.[source.attribute]
  }
  if ('details' in source) return detailsIn(events, source)
  if ('messages' in source) {
    const { strip, within = [] } = source
    const messages = events.filter((event) => source.messages.includes(event.name))
    const read = ({ name, attributes = {} }: SpanEvent): JsonObject[] =>
      strip === undefined ? messageIn(name, attributes, within) : [withoutBeginning(attributes, strip)]
    return messages.length === 0 ? undefined : messages.flatMap(read)
  }
  const items = numbered(attributes, `${source.numbered}.`)
  const { item } = source
  return item === undefined ? items : items?.map((one) => one[item] ?? null)
}

/** The JSON in an attribute, read once for each span. An attribute may also be the object itself. */
function jsonOf({ attributes, parsed }: Told, name: string): Json | undefined {
  if (!parsed.has(name)) {
    const text = attributes[name]
    parsed.set(name, typeof text === 'string' && text.length <= MAX_COPY ? structure(toolValue(text)) : text)
  }
  return parsed.get(name)
}

function within(json: Json | undefined, at: readonly string[]): Json | undefined {
  let value = json
  for (const name of at) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as JsonObject)[name]
  }
  return value
}

function sumOf(json: Json | undefined, [first, ...others]: readonly string[]): number | undefined {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, first!)) return undefined
  const isMeant = (name: string) =>
    name === first || others.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one))
  const counts = Object.entries(json).filter(([name, count]) => isMeant(name) && typeof count === 'number')
  return counts.reduce((sum, [, count]) => sum + (count as number), 0)
}

function withoutBeginning(attributes: JsonObject, strip: string): JsonObject {
  const named = Object.entries(attributes).map(([name, value]) => [
    name.startsWith(strip) ? name.slice(strip.length) : name,
    value,
  ])
  return Object.fromEntries(named)
}

/** `{ 'p.0.role': 'user', 'p.0.content': 'hi' }` is `[{ role: 'user', content: 'hi' }]`. Gaps are closed. */
function numbered(attributes: JsonObject, prefix: string): JsonObject[] | undefined {
  const items = new Map<number, [string, Json][]>()
  for (const key of Object.keys(attributes)) {
    const match = key.startsWith(prefix) ? /^(0|[1-9]\d{0,5})\.(.+)$/s.exec(key.slice(prefix.length)) : null
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
