import type { SdkSpan } from './from-sdk.js'

/** About how much text a span holds, in characters: what its conversion costs. Nothing where it cannot be read. */
export function weightOf(span: SdkSpan): number {
  try {
    return span.events.reduce((sum, event) => sum + textIn(event.attributes), textIn(span.attributes))
  } catch {
    return 0
  }
}

/** OpenTelemetry has texts and lists of texts, nothing deeper. */
function textIn(attributes: object | undefined): number {
  let sum = 0
  for (const value of Object.values(attributes ?? {})) {
    if (typeof value === 'string') sum += value.length
    else if (Array.isArray(value)) for (const item of value) if (typeof item === 'string') sum += item.length
  }
  return sum
}
