import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** Longest id a store takes, in bytes of UTF-8. */
export const MAX_ID_BYTES = 128

/** A new id: UUIDv7 (RFC 9562, section 5.7), so ids made later sort later. */
export function newId(): string {
  return v7()
}

/** A text of 16 characters that no other call gives, of 96 random bits: a write knows by it which rows it made. */
export function newMark(): string {
  return randomBytes(12).toString('base64url')
}
