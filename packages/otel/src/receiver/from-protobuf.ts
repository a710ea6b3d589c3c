import { FoundSpans, readDocument } from '../read-document.js'
import { REQUEST } from './otlp-proto.js'
import { Wire } from './wire.js'

/**
 * Reads an `ExportTraceServiceRequest` in protobuf, to what the same request in OTLP/JSON is read to.
 *
 * @throws Error that says where the bytes are no such request, and TooManyParts
 */
export function fromProtobuf(bytes: Uint8Array, found = new FoundSpans()): FoundSpans {
  readDocument(new Wire(bytes, found).whole(REQUEST, { resourceSpans: [] }), '', found)
  return found
}
