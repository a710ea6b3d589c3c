import { StoreError, type TenantStorage } from '@freehold/contract'
import type { UserToErase } from './erase-user-options.js'
import { allOf } from './pages.js'

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

  private async find(): Promise<string | undefined> {
    const { audit, userId, subject } = this.user
    if (audit === undefined) return this.findTold(userId)
    const holds = await audit.holds()
    return holds.find(({ on, of }) => on === 'subject' && (of === userId || of === subject))?.id
  }

  /** As the audit tells: each hold that was placed or released is an entry. */
  private async findTold(target: string): Promise<string | undefined> {
    const { audit } = this.storage
    for await (const { data } of allOf((page) => audit.read({ action: 'hold.placed', target }, page))) {
      const { hold, on } = data as { hold?: string; on?: string }
      if (on !== 'subject' || hold === undefined) continue
      const released = await audit.read({ action: 'hold.released', target: hold }, { limit: 1 })
      if (released.items.length === 0) return hold
    }
    return undefined
  }
}
