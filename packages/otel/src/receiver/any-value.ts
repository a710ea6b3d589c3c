import type { Json } from '@freehold/contract'
import { ReadEntries, ReadValue } from '../otlp-entries.js'
import { delimited, type Field, fixed64, type Message, varint, type Wire } from './wire.js'

interface Value {
  value: Json
}

interface Entry extends Value {
  key: string
}

/** Deeper than any store keeps, as in OTLP/JSON. */
const MAX_DEPTH = 100

/** `AnyValue`, and what it is made of, at one depth. */
interface Level {
  value: Message<Value>
  entry: Message<Entry>
  list: Message<Json[]>
  object: Message<ReadEntries>
}

/** Made once, and not for each value. */
const LEVELS = Array.from({ length: MAX_DEPTH + 2 }, (_, depth) => levelAt(depth))

/** Read as in OTLP/JSON: what JSON has no number for is text, and bytes are base64. */
function levelAt(depth: number): Level {
  const is = (read: (wire: Wire) => Json) => (any: Value, wire: Wire) => {
    any.value = read(wire)
  }
  const holds = (read: (level: Level, wire: Wire) => Json) => is((wire) => read(LEVELS[depth + 1]!, wire))
  const read = (wire: Wire) =>
    depth > MAX_DEPTH ? cutOff(wire) : wire.message(LEVELS[depth]!.value, { value: null }).value
  return {
    value: {
      1: delimited(is((wire) => wire.text())),
      2: varint(is((wire) => wire.flag())),
      3: varint(is((wire) => integer(wire.int64()))),
      4: fixed64(is((wire) => double(wire.double()))),
      5: delimited(holds(({ list }, wire) => wire.message(list, []))),
      6: delimited(holds(({ object }, wire) => wire.message(object, new ReadEntries()).toObject(wire.found))),
      7: delimited(is((wire) => wire.bytes().toString('base64'))),
    },
    entry: {
      1: delimited((entry, wire) => {
        entry.key = wire.text()
      }),
      2: delimited((entry, wire) => {
        entry.value = wire.found.at('.value', () => read(wire))
      }),
    },
    list: { 1: delimited((list, wire) => wire.item('.arrayValue.values', list, () => read(wire))) },
    object: { 1: delimited((entries, wire) => readEntry('.kvlistValue.values', entries, wire, depth)) },
  }
}

function cutOff(wire: Wire): Json {
  wire.found.warn('', 'is nested too deep; cut off')
  wire.skip()
  return '[too deep]'
}

function integer(value: bigint): Json {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function double(value: number): Json {
  return Number.isFinite(value) ? value : String(value)
}

function readEntry(path: string, { entries }: ReadEntries, wire: Wire, depth: number): void {
  wire.item<ReadEntries['entries'][number]>(path, entries, () => {
    const { key, value } = wire.message(LEVELS[depth]!.entry, { key: '', value: null })
    return [key, value]
  })
}

export function anyValue(name: string): Field<Record<string, unknown>> {
  return delimited((told, wire) => {
    const read = () => wire.message(LEVELS[0]!.value, { value: null }).value
    told[name] = new ReadValue(wire.found.at(`.${name}`, read))
  })
}

/** A list of `KeyValue`. */
export const attributes: Field<Record<string, unknown>> = delimited((told, wire) => {
  told.attributes ??= new ReadEntries()
  readEntry('.attributes', told.attributes as ReadEntries, wire, 0)
})
