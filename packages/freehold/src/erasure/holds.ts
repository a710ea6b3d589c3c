import { StoreError, type TenantStorage } from '@freehold/contract'
import { toldHolds } from '../sealing/told-holds.js'
import type { UserToErase } from './erase-user-options.js'

/** How long an answer is good for, in milliseconds. */
const GOOD_FOR = 1_000

/** Whether a hold is on a user. Whoever placed one may know them by their id or by their subject. */
export class Holds {
  private askedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly storage: TenantStorage,
    private readonly user: UserToErase,
  ) {}

  /** @throws StoreError `conflict` when one is on the user, now or a second ago; the signal's reason when it was aborted */
  async check(): Promise<void> {
    this.user.signal?.throwIfAborted()
    if (performance.now() - this.askedAt > GOOD_FOR) await this.refuse()
  }

  /** @throws StoreError `conflict` when one is on the user */
  async refuse(): Promise<void> {
    const hold = await this.find()
    this.askedAt = performance.now()
    if (hold === undefined) return
    throw new StoreError('conflict', `the hold ${hold} is on the user: nothing more was erased; release it first`)
  }

  /** Of the key store and of the audit: the keys that were given may be those of another place. */
  private async find(): Promise<string | undefined> {
    const { audit, userId, subject } = this.user
    const known = (await audit?.holds()) ?? []
    const held = known.find(({ on, of }) => on === 'subject' && (of === userId || of === subject))
    if (held !== undefined) return held.id
    for (const name of new Set([userId, subject]))
      for await (const { id } of toldHolds(this.storage.audit, { subject: name })) return id
    return undefined
  }
}
