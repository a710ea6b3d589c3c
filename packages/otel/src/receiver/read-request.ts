import type { Door } from '../door/door.js'
import { FoundSpans } from '../read-document.js'
import type { Format } from './answer.js'
import { fromJson, logsFromJson } from './from-json.js'
import { MOST_REJECTED, TooManyParts } from './parts.js'
import { Refusal } from './refusal.js'
import type { Signal } from './target.js'

type Read = (body: Uint8Array, door: Door) => FoundSpans

interface Reader {
  request: string
  json: Read
  /** The decoder is loaded by who needs it. */
  protobuf: () => Promise<Read>
}

const READERS: Readonly<Record<Signal, Reader>> = {
  traces: {
    request: 'ExportTraceServiceRequest',
    json: (body, door) => fromJson(body, new FoundSpans(door, MOST_REJECTED)),
    protobuf: async () => {
      const { fromProtobuf } = await import('./from-protobuf.js')
      return (body, door) => fromProtobuf(body, new FoundSpans(door, MOST_REJECTED))
    },
  },
  logs: {
    request: 'ExportLogsServiceRequest',
    json: logsFromJson,
    protobuf: async () => (await import('./from-protobuf.js')).logsFromProtobuf,
  },
}

/** @throws Refusal 400, 413, and what is no fault of the body: a sender gives up what is refused with 400 */
export async function read(body: Uint8Array, format: Format, signal: Signal, door: Door): Promise<FoundSpans> {
  const { request, json, protobuf } = READERS[signal]
  const readBody = format === 'json' ? json : await protobuf()
  try {
    return readBody(body, door)
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    const { message } = error as Error
    if (error instanceof TooManyParts)
      throw new Refusal(413, 'invalid', `the body ${message}; send fewer spans at once`)
    throw new Refusal(400, 'invalid', `the body is no ${request} in ${format}: ${message}`)
  }
}
