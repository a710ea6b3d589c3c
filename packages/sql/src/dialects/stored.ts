import { changedByOthers, fromIso, type Timestamp } from '@freehold/contract'

/** A time that a store wrote. */
export function storedTime(iso: string): Timestamp {
  const at = fromIso(iso)
  if (Number.isNaN(at)) throw changedByOthers('a time')
  return at
}
