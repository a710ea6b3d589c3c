import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { CODES, type Refusal } from './refusal.js'
import type { Signal } from './target.js'

/** How a request is written, and its answer with it (OTLP/HTTP). */
export type Format = 'protobuf' | 'json'

const TYPES: Readonly<Record<Format, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' }

/** That of a content type, whatever its parameters. */
export function formatOf(contentType: string | null): Format | undefined {
  const [type = ''] = (contentType ?? '').toLowerCase().split(/\s*;/, 1)
  if (type === 'application/json') return 'json'
  return type === TYPES.protobuf || type === 'application/protobuf' ? 'protobuf' : undefined
}

const COUNTED: Readonly<Record<Signal, string>> = { traces: 'rejectedSpans', logs: 'rejectedLogRecords' }

/** What was not kept of a request that was taken. */
export interface Partial {
  rejected: number
  /** Also what was passed over of what was kept; empty for none of either. */
  errorMessage: string
}

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`, which are the same in protobuf. */
export function success(format: Format, signal: Signal, { rejected, errorMessage }: Partial): Response {
  const isWhole = rejected === 0 && errorMessage === ''
  if (format === 'json') {
    const partialSuccess = { [COUNTED[signal]]: String(rejected), errorMessage }
    return answer(200, format, JSON.stringify(isWhole ? {} : { partialSuccess }))
  }
  const writer = new BinaryWriter()
  if (!isWhole) {
    writer.tag(1, WireType.LengthDelimited).fork()
    if (rejected > 0) writer.tag(1, WireType.Varint).int64(rejected)
    if (errorMessage !== '') writer.tag(2, WireType.LengthDelimited).string(errorMessage)
    writer.join()
  }
  return answer(200, format, writer.finish())
}

/** `google.rpc.Status`. */
export function failure(format: Format, { status, code, message, headers }: Refusal): Response {
  if (format === 'json') return answer(status, format, JSON.stringify({ code: CODES[code], message }), headers)
  const writer = new BinaryWriter()
  writer.tag(1, WireType.Varint).int32(CODES[code])
  writer.tag(2, WireType.LengthDelimited).string(message)
  return answer(status, format, writer.finish(), headers)
}

function answer(
  status: number,
  format: Format,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const content = typeof body === 'string' ? body : new Uint8Array(body)
  return new Response(content, { status, headers: { 'content-type': TYPES[format], ...headers } })
}
