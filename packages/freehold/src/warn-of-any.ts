import { warnOf } from '@freehold/recorder'
import { reasonOf } from './reason-of.js'

/** The default listener for errors, which may be anything. */
export function warnOfAny(error: unknown): void {
  warnOf(error instanceof Error ? error : new Error(reasonOf(error)))
}
