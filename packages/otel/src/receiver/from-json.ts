import { isAbsent, isRecord } from '../otlp-values.js'
import { FoundSpans, readDocument } from '../read-document.js'
import { FoundLogs } from './found-logs.js'
import { MOST_PARTS, TooManyParts } from './parts.js'
import { readLogs } from './read-logs.js'

/** Deepest that JSON is nested: a value of OTLP/JSON takes three levels, and deeper ones than stores keep are cut off. */
const MAX_DEPTH = 1_000

/**
 * Reads an `ExportTraceServiceRequest` in OTLP/JSON.
 *
 * @throws Error that says why the bytes are no such request, and TooManyParts
 */
export function fromJson(bytes: Uint8Array, found = new FoundSpans()): FoundSpans {
  readDocument(requestIn(bytes, 'resourceSpans'), '', found)
  return found
}

/** The same of an `ExportLogsServiceRequest`. */
export function logsFromJson(bytes: Uint8Array): FoundLogs {
  const found = new FoundLogs()
  readLogs(requestIn(bytes, 'resourceLogs'), found)
  return found
}

function requestIn(bytes: Uint8Array, list: string): Record<string, unknown> {
  measure(bytes)
  const document = parse(decode(bytes))
  if (!isRecord(document)) throw new Error(`is not an object { ${list}: […] }`)
  // A message without fields is one, and null is as good as nothing.
  if (isAbsent(document[list]) && Object.keys(document).every((key) => key === list)) return { [list]: [] }
  if (!Array.isArray(document[list])) throw new Error(`has no list ${list}`)
  return document
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('is not UTF-8')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('is not JSON')
  }
}

const [QUOTE, BACKSLASH, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = Buffer.from('"\\,{}[]')

/** Counts objects, lists and what lists hold before they are made: one takes two bytes here, and fifty there. */
function measure(bytes: Uint8Array): void {
  let depth = 0
  let parts = 0
  let isText = false
  const isList = new Uint8Array(MAX_DEPTH + 1)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (++parts > MOST_PARTS) throw new TooManyParts()
      if (++depth > MAX_DEPTH) throw new Error(`is nested more than ${MAX_DEPTH} deep`)
      isList[depth] = byte === OPEN_LIST ? 1 : 0
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
    // A member of an object takes less than an item of a list may.
    else if (byte === COMMA) {
      parts += isList[depth] === 1 ? 1 : 0.25
      if (parts > MOST_PARTS) throw new TooManyParts()
    }
  }
}
