import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { SPAN_ID, TRACE_ID } from './raw-span.js'

export type Write = (writer: BinaryWriter) => unknown

/** Bytes of a message with these fields, written one after another. */
export function message(...fields: Write[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const field of fields) field(writer)
  return writer.finish()
}

export const bytes =
  (number: number, value: Uint8Array): Write =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).bytes(value)

export const text =
  (number: number, value: string): Write =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).string(value)

export const nanoseconds =
  (number: number, value: bigint): Write =>
  (writer) =>
    writer.tag(number, WireType.Bit64).fixed64(value)

/** `ExportTraceServiceRequest` of spans, or `ExportLogsServiceRequest` of log records, each as the bytes of its message. */
export function requestOf(...spans: Uint8Array[]): Uint8Array {
  return message(bytes(1, message(bytes(2, message(...spans.map((span) => bytes(2, span)))))))
}

/** A span with these fields beside what it must have. */
export function protoSpan(...fields: Write[]): Uint8Array {
  const ids = [bytes(1, Buffer.from(TRACE_ID, 'hex')), bytes(2, Buffer.from(SPAN_ID, 'hex'))]
  return message(...ids, text(5, 'span'), nanoseconds(7, 1_764_859_882_049_123_456n), ...fields)
}

const entry = (key: string, value: Uint8Array): Uint8Array => message(text(1, key), bytes(2, value))

/** An attribute of a span, its value as the bytes of its message. */
export const attribute = (key: string, value: Uint8Array): Write => bytes(9, entry(key, value))

/** A log record of that span, with these fields. */
export function protoLog(name: string, ...fields: Write[]): Uint8Array {
  const ids = [bytes(9, Buffer.from(TRACE_ID, 'hex')), bytes(10, Buffer.from(SPAN_ID, 'hex'))]
  return message(nanoseconds(11, 1_764_859_882_049_500_000n), ...ids, text(12, name), ...fields)
}

/** An attribute of a log record. */
export const logAttribute = (key: string, value: Uint8Array): Write => bytes(6, entry(key, value))

export const mapValue = (fields: Record<string, Uint8Array>): Uint8Array =>
  message(bytes(6, message(...Object.entries(fields).map(([key, value]) => bytes(1, entry(key, value))))))

export const listValue = (...items: Uint8Array[]): Uint8Array =>
  message(bytes(5, message(...items.map((item) => bytes(1, item)))))

export const textValue = (value: string): Uint8Array => message(text(1, value))
