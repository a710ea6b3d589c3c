import type { Verification } from '@freehold/contract'

/** A stream was tampered with, so that nothing vouches for it or proves it. The message names the place. */
export class ChainBroken extends Error {
  override readonly name = 'ChainBroken'

  constructor(readonly verification: Extract<Verification, { status: 'tampered' }>) {
    super(`${verification.found} at entry ${verification.seq}: ${verification.detail}`)
  }
}
