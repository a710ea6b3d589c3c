import { type Document, deserialize, serialize } from 'bson'

export type { Document }

export function encode(document: Document): Buffer {
  return Buffer.from(serialize(document, { ignoreUndefined: true }))
}

/** With every value in its own BSON type, so that encoding it again changes nothing. */
export function decode(raw: Uint8Array): Document {
  return deserialize(raw, { promoteValues: false, promoteBuffers: false, promoteLongs: false })
}

export const OK = encode({ ok: 1 })

/** The documents that lie one after the other in a section of a message. */
export function documentsIn(sequence: Buffer): Buffer[] {
  const documents: Buffer[] = []
  for (let at = 0; at < sequence.length; ) {
    const length = sequence.readInt32LE(at)
    documents.push(sequence.subarray(at, at + length))
    at += length
  }
  return documents
}

/** The number in a value of any numeric BSON type. */
export function numberOf(value: unknown): number {
  return Number(typeof value === 'object' && value !== null ? value.toString() : value)
}

/** Whether a flag of a command is set, which clients write as a boolean. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'object' && value !== null && value.valueOf() === true)
}

/** The value at a dotted path. */
export function valueAt(document: Document, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isDocument(value) ? value[key] : undefined), document)
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null
}
