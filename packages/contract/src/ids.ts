import { v7 } from 'uuid'

/** Longest id a store takes, in bytes of UTF-8. */
export const MAX_ID_BYTES = 128

/** A new id: UUIDv7 (RFC 9562, section 5.7), so ids made later sort later. */
export function newId(): string {
  return v7()
}
