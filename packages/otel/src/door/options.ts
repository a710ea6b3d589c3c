import { Fields, MAX_SPAN_BYTES, MAX_SPAN_TEXT } from '@freehold/contract'
import { LEAST } from './caps.js'

/** What is taken out of spans before anything is read of them. */
export interface RedactOptions {
  /**
   * Names whose values are replaced, wherever they stand: attributes, objects within values, JSON within texts, also JSON that was cut
   * off. A text is the whole name or a part of it between dots, in any case; a pattern is looked for in the whole name.
   */
  keys?: readonly (string | RegExp)[]
  /** What is replaced within texts, and numbers; not within names, nor in bytes. */
  patterns?: readonly RegExp[]
  /**
   * What a text becomes, after `keys` and `patterns`; `key` is the nearest name. Called for each text there is. Where it throws, or
   * returns something else, the span is not kept.
   */
  text?: (text: string, key: string) => string
}

/** How much is kept. What is cut says so where it was cut: `… [cut: 1000 of 5000 characters]`. */
export interface CapOptions {
  /** Most characters of one text; of JSON that is a text, of each text within it. 100 or more; what stores keep (262,144) unless told. */
  value?: number
  /**
   * Most bytes of a span as it comes, as JSON, 1,000 or more: its longest texts are cut until it has no more. What stores keep (4 MiB)
   * unless told. What is read of it, such as its input, takes room besides.
   */
  span?: number
}

/** Which traces are kept. */
export interface SampleOptions {
  /**
   * The share of traces that is kept, 0 to 1, told from the trace id: every process keeps the same ones. A trace with a span that
   * failed is kept whole as well, by whoever saw it fail.
   */
  rate: number
  /**
   * Most spans of other traces that are held in case these fail later, of some 64 million characters together; 20,000 unless told. On
   * top those of the trace nobody told of for longest are let go, and should it fail then, what comes from there on is kept.
   */
  hold?: number
}

/** What every way in does to spans before they are written. */
export interface DoorOptions {
  redact?: RedactOptions
  caps?: CapOptions
  sample?: SampleOptions
}

/** What a span has beside its raw content: ids, times, names of fields. */
const AROUND = 65_536

export const DOOR_OPTIONS: readonly (keyof DoorOptions)[] = ['redact', 'caps', 'sample']

/** The same, checked. */
export interface AcceptedDoor {
  redact: RedactOptions
  caps: Required<CapOptions>
  sample: Required<SampleOptions> | undefined
}

/** Reads the options of the door among others. Problems are those of `fields`. */
export function acceptDoor(fields: Fields): AcceptedDoor {
  return {
    redact: acceptRedact(fields),
    caps: acceptCaps(fields),
    sample: fields.raw('sample') === undefined ? undefined : acceptSample(fields),
  }
}

function partOf(fields: Fields, name: keyof DoorOptions, known: readonly string[]): Fields {
  return new Fields(name, fields.raw(name) ?? {}, known, 'strict', name)
}

function acceptRedact(fields: Fields): RedactOptions {
  const own = partOf(fields, 'redact', ['keys', 'patterns', 'text'])
  const list = (name: 'keys' | 'patterns', isMeant: (item: unknown) => boolean, what: string): unknown[] => {
    const given = own.raw(name) ?? []
    if (Array.isArray(given) && given.every(isMeant)) return [...given]
    own.problem(name, `is no list of ${what}; give one, or leave it out`)
    return []
  }
  const isPattern = (item: unknown) => item instanceof RegExp
  const isKey = (item: unknown) => isPattern(item) || (typeof item === 'string' && item !== '')
  const keys = list('keys', isKey, 'names and patterns') as (string | RegExp)[]
  const patterns = list('patterns', isPattern, 'patterns') as RegExp[]
  const text = own.raw('text')
  if (text !== undefined && typeof text !== 'function')
    own.problem('text', 'is not a function; give one, or leave it out')
  fields.take(own)
  return { keys, patterns, text: text as RedactOptions['text'] }
}

function acceptCaps(fields: Fields): Required<CapOptions> {
  const own = partOf(fields, 'caps', ['value', 'span'])
  const value = own.integer('value', LEAST, MAX_SPAN_TEXT) ?? MAX_SPAN_TEXT
  const span = own.integer('span', 1_000, MAX_SPAN_BYTES) ?? MAX_SPAN_BYTES
  fields.take(own)
  return { value, span: Math.min(span, MAX_SPAN_BYTES - AROUND) }
}

function acceptSample(fields: Fields): Required<SampleOptions> {
  const own = partOf(fields, 'sample', ['rate', 'hold'])
  const rate = own.raw('rate')
  const hold = own.integer('hold', 0) ?? 20_000
  const isRate = typeof rate === 'number' && rate >= 0 && rate <= 1
  if (!isRate) own.problem('rate', 'must be a number from 0 to 1')
  fields.take(own)
  return { rate: isRate ? rate : 1, hold }
}
