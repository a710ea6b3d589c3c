import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { attempt } from './attempt.js'
import { attributeOf, jsonOf } from './values.js'

/** What `error.type` is where nothing says it (OpenTelemetry, *Recording errors*). */
const OTHER = '_OTHER'

/** Whatever was thrown, as OpenTelemetry has it: the `exception` event, `error.type` and the status. */
export function recordFailure(span: Span, thrown: unknown): void {
  const { name, message = textOf(thrown), stack } = partsOf(thrown)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.setAttribute('error.type', name ?? OTHER)
  span.recordException({ name, message, stack })
}

/** What an error has, of whatever realm it is: an object with a message. Any of it may be odd, or throw when it is read. */
function partsOf(thrown: unknown): { name?: string; message?: string; stack?: string } {
  if (typeof thrown !== 'object' || thrown === null) return {}
  const read = (key: 'name' | 'message' | 'stack'): string | undefined => {
    const value = attempt(() => (thrown as Partial<Error>)[key])
    return typeof value === 'string' ? value : undefined
  }
  return { name: read('name'), message: read('message'), stack: read('stack') }
}

function textOf(thrown: unknown): string {
  return String(attributeOf(jsonOf(thrown)) ?? thrown)
}
