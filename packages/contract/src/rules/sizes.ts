import type { Approval } from '../approval.js'
import { StoreError } from '../errors.js'
import type { SpanRecord, SpanTexts } from './span-record.js'

/**
 * Most JSON of one stored record, in bytes. With what an engine keeps about it, that fits in each of them as one document,
 * one row and one packet, so that what was taken in parts can always be written and read as a whole.
 */
export const MAX_RECORD = 12_582_912
/** Most JSON of the reasons, and of what was supplied, in all votes of one approval, in bytes. */
const MAX_IN_VOTES = 2_097_152
/** What a request leaves of its record to votes: what is in them, and a thousand of the longest ids. */
const ROOM_FOR_VOTES = MAX_IN_VOTES + 1_048_576

const ELSEWHERE = 'store it elsewhere and refer to it'

/**
 * @param given the fields that this call sets: the largest of them is named, because the caller can make it smaller
 * @throws StoreError `invalid` for a record that is too large as a whole
 */
export function refuseTooLarge(what: string, record: object, given: readonly string[], most = MAX_RECORD): void {
  const sizes = new Map(Object.entries(record).map(([field, value]) => [field, jsonBytes(value)]))
  const whole = sum([...sizes.values()])
  if (whole <= most) return
  const [field] = [...given].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0))
  const own = sizes.get(field!) ?? 0
  const message = `makes ${own} bytes of JSON, and the record ${whole} with its other fields and marks; at most ${most} are kept, ${ELSEWHERE}`
  throw StoreError.invalid(what, [{ field: field!, message }])
}

/** Leaves room for all the votes that a policy may ask for. @throws StoreError `invalid` */
export function refuseTooLargeRequest(approval: Approval): void {
  refuseTooLarge('approval', approval, ['args', 'context'], MAX_RECORD - ROOM_FOR_VOTES)
}

/** @throws StoreError `invalid` for a last vote that leaves no room to those who vote later. */
export function refuseTooMuchInVotes(votes: Approval['votes']): void {
  const sizes = votes.map(({ reason, data }) => ({ reason: jsonBytes(reason), data: jsonBytes(data) }))
  const bytes = sum(sizes.map(({ reason, data }) => reason + data))
  const own = sizes.at(-1)!
  if (bytes <= MAX_IN_VOTES || own.reason + own.data === 0) return
  const message = `makes ${bytes} bytes of JSON with what the other votes hold; at most ${MAX_IN_VOTES} are kept, shorten it or leave it out`
  throw StoreError.invalid('decision', [{ field: own.data > own.reason ? 'resolution' : 'reason', message }])
}

/** Why the span that two records add up to is not kept, if so: then the one that came last is rejected, and the span stays. */
export function tooLargeTogether(record: SpanRecord, sizes = new SpanSizes()): string | undefined {
  const bytes = sizes.bytesOf(record)
  if (bytes <= MAX_RECORD) return undefined
  return `span would have ${bytes} bytes with what is known of it already; at most ${MAX_RECORD} are kept, move payloads elsewhere`
}

/** Far more than a span has beside its texts. */
const ROOM_FOR_FACTS = 65_536
/** Of a unit that is kept: it may be that of an attribute which is the input and the output too, or of a name that is kept again. */
const MOST_TIMES = 4
/** The same in UTF-8. */
const MOST_BYTES = 3

/** True of texts of one span that are not too large together, whatever is read from them: most need not be measured. */
export function areSmall(...held: readonly SpanTexts[]): boolean {
  const units = sum(held.flatMap((texts) => Object.values(texts).map((text) => text.length)))
  return ROOM_FOR_FACTS + MOST_TIMES * MOST_BYTES * units <= MAX_RECORD
}

/**
 * At most what a record adds to the size of the one it is merged with: its fields, and what is kept of where they come from.
 * Cheaper than to merge a large span with each small record of it.
 */
export function mostBytes(record: SpanRecord, sizes = new SpanSizes()): number {
  let names = 2048
  // JSON takes up to six bytes for a unit, as it does for control characters.
  for (const key in record.span.detail) names += 64 + 6 * key.length
  return sizes.bytesOf(record) + names
}

/** The sizes of the records of one span, which merging makes of the same values: each of these is measured once. */
export class SpanSizes {
  private readonly known = new Map<string, { value: unknown; bytes: number }>()

  /** Bytes of JSON. */
  bytesOf({ span, sources }: SpanRecord): number {
    const detail = (key: string, value: unknown) => this.measured(`detail.${span.kind}.${key}`, value)
    const own = objectBytes(span, (field, value) =>
      field === 'detail' ? objectBytes(value as object, detail) : this.measured(field, value),
    )
    if (sources === undefined) return own
    const shelved = (field: string, value: unknown) => this.measured(field, value)
    return (
      own +
      objectBytes(sources, (part, value) =>
        part === 'details' ? objectBytes(value as object, shelved) : jsonBytes(value),
      )
    )
  }

  private measured(field: string, value: unknown): number {
    const before = this.known.get(field)
    if (before !== undefined && before.value === value) return before.bytes
    const bytes = jsonBytes(value)
    this.known.set(field, { value, bytes })
    return bytes
  }
}

/** Bytes of an object's JSON, of whose values `bytesOf` tells them. */
function objectBytes(object: object, bytesOf: (key: string, value: unknown) => number): number {
  const given = Object.entries(object).filter(([, value]) => value !== undefined)
  // A colon for each, a comma for each but one, and the braces.
  const signs = 2 * given.length + (given.length === 0 ? 2 : 1)
  return given.reduce((bytes, [key, value]) => bytes + jsonBytes(key) + bytesOf(key, value), signs)
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
