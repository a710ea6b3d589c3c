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

/** `ExportTraceServiceRequest` of spans, each as the bytes of its message. */
export function requestOf(...spans: Uint8Array[]): Uint8Array {
  return message(bytes(1, message(bytes(2, message(...spans.map((span) => bytes(2, span)))))))
}

/** A span with these fields beside what it must have. */
export function protoSpan(...fields: Write[]): Uint8Array {
  const ids = [bytes(1, Buffer.from(TRACE_ID, 'hex')), bytes(2, Buffer.from(SPAN_ID, 'hex'))]
  return message(...ids, text(5, 'span'), nanoseconds(7, 1_764_859_882_049_123_456n), ...fields)
}

/** An attribute, its value as the bytes of its message. */
export const attribute = (key: string, value: Uint8Array): Write => bytes(9, message(text(1, key), bytes(2, value)))

export const textValue = (value: string): Uint8Array => message(text(1, value))
