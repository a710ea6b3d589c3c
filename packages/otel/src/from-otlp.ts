import type { SpanInput } from '@freehold/contract'
import type { OtlpProblem } from './otlp-found.js'
import { isRecord } from './otlp-values.js'
import { FoundSpans, readDocument } from './read-document.js'
import { withStructure } from './structure.js'

export interface OtlpSpans {
  spans: SpanInput[]
  /** The place of each of `spans` in the document. */
  paths: string[]
  /** Spans that were not read. */
  rejected: OtlpProblem[]
  /**
   * Anything else that was passed over or read in another way than it was written: nothing is, without a word. Of more than
   * 1,000 the last says how many others there are.
   */
  warnings: OtlpProblem[]
}

/**
 * Reads OTLP/JSON traces (`ExportTraceServiceRequest`): one document, an array of them, or a text with one document or
 * one per line, as the OpenTelemetry Collector's file exporter writes. What is malformed is named and costs only itself.
 */
export function fromOtlp(input: string | object): OtlpSpans {
  const { spans, paths, rejected, warnings } = readOtlp(input, new FoundSpans())
  return { spans: withStructure(spans), paths, rejected, warnings }
}

/** The same, each span as it says itself what it is. */
export function readOtlp(input: string | object, found: FoundSpans): FoundSpans {
  const documents = typeof input === 'string' ? parse(input, found) : placed(input)
  for (const { place, document } of documents) readDocument(document, place, found)
  return found
}

interface Placed {
  /** Prefix of a path. */
  place: string
  document: unknown
}

function placed(parsed: unknown): Placed[] {
  if (!Array.isArray(parsed)) return [{ place: '', document: parsed }]
  return parsed.map((document, index) => ({ place: `[${index}].`, document }))
}

function parse(text: string, found: FoundSpans): Placed[] {
  const whole = parseJson(text)
  if (whole !== undefined) return placed(whole)
  const documents: Placed[] = []
  const broken: OtlpProblem[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const document = parseJson(line)
    if (isRecord(document)) documents.push({ place: `line ${index + 1}: `, document })
    else broken.push({ path: `line ${index + 1}`, reason: 'is not a JSON object; write one document per line' })
  }
  if (documents.length > 0) for (const { path, reason } of broken) found.warn(path, reason)
  else found.warn('document', 'is not JSON; give OTLP/JSON, or one document per line')
  return documents
}

/** Trimmed, because JSON takes no byte order mark; files that were put together have one before any line. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim())
  } catch {
    return undefined
  }
}
