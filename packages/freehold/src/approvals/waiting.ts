import { type Approval, type ApprovalStore, StoreError } from '@freehold/contract'

/** How often approvals are looked at, in milliseconds, about; and where the database tells of them, in case that it did not. */
const [POLL, SAFETY] = [1_000, 5_000]
/** Longest time between two looks while the database fails, in milliseconds. */
const LONGEST = 15_000
/** Most approvals of one look. */
const MOST = 1_000

interface Waiter {
  resolve(approval: Approval): void
  reject(error: unknown): void
}

/** All who wait for approvals of one store: they are looked at together. */
export class Waiting {
  private readonly waiters = new Map<string, Set<Waiter>>()
  private timer: NodeJS.Timeout | undefined
  private looking: Promise<void> | undefined
  private heard = new Set<string>()
  private failures = 0
  private lookedAtAll = 0
  private watching: Promise<(() => Promise<void>) | undefined> | undefined

  constructor(
    private readonly approvals: ApprovalStore,
    private readonly notifies: boolean,
  ) {}

  /** @returns what ends waiting without an answer */
  add(id: string, waiter: Waiter): () => void {
    const own = this.waiters.get(id) ?? new Set()
    this.waiters.set(id, own.add(waiter))
    this.watch()
    // Those who come in one turn are looked at together.
    this.hear(id)
    return () => this.remove(id, waiter)
  }

  private remove(id: string, waiter: Waiter): void {
    const own = this.waiters.get(id)
    own?.delete(waiter)
    if (own?.size === 0) this.waiters.delete(id)
    if (this.waiters.size === 0) this.rest()
  }

  /** Tried again with the next look, where it fails. */
  private watch(): void {
    if (this.watching !== undefined) return
    const watching = this.approvals
      .watch((one) => this.hear(one))
      .catch(() => {
        if (this.watching === watching) this.watching = undefined
        return undefined
      })
    this.watching = watching
  }

  private rest(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const watching = this.watching
    this.watching = undefined
    void watching?.then((stop) => stop?.()).catch(() => undefined)
  }

  private hear(id: string): void {
    if (!this.waiters.has(id)) return
    this.heard.add(id)
    this.lookIn(0)
  }

  private lookIn(time: number): void {
    if (this.looking !== undefined) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => {
        this.looking = undefined
        if (this.waiters.size > 0) this.lookIn(this.heard.size > 0 ? 0 : this.pause())
      })
    }, time)
  }

  /** With jitter, so that processes do not come all at once. */
  private pause(): number {
    const usual = this.notifies && this.watching !== undefined ? SAFETY : POLL
    return Math.min(LONGEST, usual * 2 ** this.failures) * (0.5 + Math.random())
  }

  private async look(): Promise<void> {
    // What was heard of is looked at; all, where nothing was, or that would keep the others waiting.
    const all = this.heard.size === 0 || performance.now() - this.lookedAtAll > LONGEST
    const ids = [...(all ? this.waiters.keys() : this.heard)]
    if (all) this.lookedAtAll = performance.now()
    this.heard = new Set()
    if (this.waiters.size > 0) this.watch()
    try {
      for (let from = 0; from < ids.length; from += MOST) await this.lookAt(ids.slice(from, from + MOST))
      this.failures = 0
    } catch (error) {
      this.failures += 1
      // Nobody passes because the database is away; and nobody need ask again when it is back.
      if (!isAway(error)) this.end(ids, (waiter) => waiter.reject(error))
    }
  }

  private async lookAt(ids: readonly string[]): Promise<void> {
    const found = new Map((await this.approvals.getMany(ids)).map((summary) => [summary.id, summary.status]))
    for (const id of ids) {
      if (found.get(id) === 'pending' || !this.waiters.has(id)) continue
      try {
        const approval = found.has(id) ? await this.approvals.get(id) : null
        const missing = new StoreError('not_found', 'there is no such approval; request it first')
        this.end([id], (waiter) => (approval === null ? waiter.reject(missing) : waiter.resolve(approval)))
      } catch (error) {
        // What is wrong with one is no answer for those who wait for another.
        if (isAway(error)) throw error
        this.end([id], (waiter) => waiter.reject(error))
      }
    }
  }

  private end(ids: readonly string[], tell: (waiter: Waiter) => void): void {
    const ended = ids.flatMap((id) => [...(this.waiters.get(id) ?? [])])
    for (const id of ids) this.waiters.delete(id)
    if (this.waiters.size === 0) this.rest()
    for (const waiter of ended) tell(waiter)
  }
}

/** What passes by itself. */
function isAway(error: unknown): boolean {
  return StoreError.is(error) && error.retryable
}
