import type { Json, JsonObject } from '../json.js'
import type { SpanPayload, SpanTexts } from './span-record.js'
import { changedByOthers, storedJson } from './stored.js'

/** From how many UTF-16 units of JSON on a value is looked for among the attributes. */
const LONG = 256

/** How a text begins that stands for an attribute, as no JSON does: for its value, or for the JSON that its value is a text of. */
const [VALUE, PARSED] = ['=v', '=j']

/**
 * The texts of a span, where the name of an attribute stands for an input or an output that can be read from it: what comes
 * through OpenTelemetry has most of its values twice.
 */
export function withoutCopies(texts: SpanTexts, { input, output, attributes }: SpanPayload): SpanTexts {
  if (attributes === undefined) return texts
  let kept = texts
  for (const [field, value] of [['input', input] as const, ['output', output] as const]) {
    const text = texts[field]
    if (text === undefined || text.length < LONG) continue
    const found = attributeOf(value as Json, text, attributes)
    if (found !== undefined) kept = { ...kept, [field]: found }
  }
  return kept
}

/** True of what is stored in the place of a value, and is to be kept as it is: also who reads with SQL looks how it begins. */
export function standsForAttribute(text: string): boolean {
  return text.startsWith('=')
}

/** The value of which this is what is stored. */
export function storedValue(text: string, attributes: JsonObject | undefined): Json {
  if (!standsForAttribute(text)) return storedJson(text)
  const name = text.slice(2)
  const value = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (typeof value !== 'string') throw changedByOthers('the value of an attribute')
  return text.startsWith(PARSED) ? storedJson(value) : value
}

function attributeOf(value: Json, text: string, attributes: JsonObject): string | undefined {
  for (const name in attributes) {
    const held = attributes[name]
    if (typeof held !== 'string' || held.length + 2 < LONG || name.length + VALUE.length > text.length) continue
    if (held === value) return VALUE + name
    if (held === text || isSameJson(held, text)) return PARSED + name
  }
  return undefined
}

/** Numbers that are read as -0, which JSON is not written with. */
const MINUS_ZERO = /-0(?![\d.])|-[\d.]+e-/i

/** True of JSON that only has other blanks, or other escapes: of the same values in the same order of keys. */
function isSameJson(held: string, text: string): boolean {
  if (!/^[[{]/.test(text) || held[0] !== text[0]) return false
  if (held.length < text.length || held.length > 6 * text.length) return false
  try {
    return JSON.stringify(JSON.parse(held)) === text && !MINUS_ZERO.test(held)
  } catch {
    return false
  }
}
