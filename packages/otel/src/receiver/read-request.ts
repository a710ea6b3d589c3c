import type { Door } from '../door/door.js'
import { FoundSpans } from '../read-document.js'
import type { Format } from './answer.js'
import { fromJson, logsFromJson } from './from-json.js'
import { MOST_REJECTED, TooManyParts } from './parts.js'
import { Refusal } from './refusal.js'
import type { Signal } from './target.js'

interface Reader {
  request: string
  fromJson: (body: Uint8Array, door: Door) => FoundSpans
  fromProtobuf: (body: Uint8Array, door: Door) => Promise<FoundSpans>
}

// The decoder is loaded by who needs it.
const READERS: Readonly<Record<Signal, Reader>> = {
  traces: {
    request: 'ExportTraceServiceRequest',
    fromJson: (body, door) => fromJson(body, new FoundSpans(door, MOST_REJECTED)),
    fromProtobuf: async (body, door) =>
      (await import('./from-protobuf.js')).fromProtobuf(body, new FoundSpans(door, MOST_REJECTED)),
  },
  logs: {
    request: 'ExportLogsServiceRequest',
    fromJson: logsFromJson,
    fromProtobuf: async (body) => (await import('./from-protobuf.js')).logsFromProtobuf(body),
  },
}

/** @throws Refusal 400, 413 */
export async function read(body: Uint8Array, format: Format, signal: Signal, door: Door): Promise<FoundSpans> {
  const { request, fromJson, fromProtobuf } = READERS[signal]
  try {
    return format === 'json' ? fromJson(body, door) : await fromProtobuf(body, door)
  } catch (error) {
    const { message } = error as Error
    if (error instanceof TooManyParts)
      throw new Refusal(413, 'invalid', `the body ${message}; send fewer spans at once`)
    throw new Refusal(400, 'invalid', `the body is no ${request} in ${format}: ${message}`)
  }
}
