import type { Json, JsonObject } from '@freehold/contract'
import type { Found } from './otlp-found.js'

/** An `AnyValue` that was read as JSON already. */
export class ReadValue {
  constructor(readonly value: Json) {}
}

/** A list of `KeyValue` whose values were read as JSON already. */
export class ReadEntries {
  readonly entries: [key: string, value: Json][] = []

  /** Of a repeated key the last one counts. */
  toObject(found: Found): JsonObject {
    const object: JsonObject = Object.fromEntries(this.entries)
    if (Object.keys(object).length < this.entries.length)
      nameRepeated(
        this.entries.map(([key]) => key),
        found,
      )
    return object
  }
}

/** @param keys what is no text is none */
export function nameRepeated(keys: readonly unknown[], found: Found): void {
  const known = new Set<unknown>()
  for (const [index, key] of keys.entries()) {
    if (typeof key !== 'string') continue
    if (known.has(key)) found.warn(`[${index}].key`, 'is there already; the last value is kept')
    known.add(key)
  }
}
