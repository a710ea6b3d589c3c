import type { Purged, PurgedDomain } from '@freehold/contract'

/** What became of a domain. */
export interface Maintained {
  domain: PurgedDomain
  /** `null` where another process is at it. */
  purged: Purged | null
}
