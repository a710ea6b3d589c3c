import { fromMicroseconds, MAX_TIMESTAMP, type Timestamp } from '@freehold/contract'
import type { Found } from './otlp-found.js'
import { isAbsent, toBigInt } from './otlp-values.js'

/** Before 1973 in nanoseconds, and later than now in seconds, milliseconds or microseconds. */
const TOO_EARLY = 100_000_000_000_000_000n
const TOO_LATE = BigInt(MAX_TIMESTAMP) * 1_000_000n

/** Nanoseconds since 1970 as a timestamp; nothing for 0 and what is absent. What is no such number is named. */
export function timeIn(
  parent: Record<string, unknown>,
  field: string,
  found: Found,
  instead: string,
): Timestamp | undefined {
  const value = parent[field]
  const nanoseconds = toBigInt(value)
  if (nanoseconds === 0n || isAbsent(value) || value === '') return undefined
  if (nanoseconds === undefined || nanoseconds < 0n) {
    found.warn(`.${field}`, `must be nanoseconds since 1970; ${instead}`)
    return undefined
  }
  if (nanoseconds > TOO_LATE) {
    found.warn(`.${field}`, `is later than any time that is kept; ${instead}`)
    return undefined
  }
  if (nanoseconds < TOO_EARLY) {
    found.warn(`.${field}`, 'is before 1973, as if it counted seconds, milliseconds or microseconds; give nanoseconds')
  }
  return fromMicroseconds(Number((nanoseconds + 500n) / 1000n))
}
