import type { Purged, PurgedTenant, PurgeRule } from '../retention.js'
import { type AcceptedPurge, isPast, ruleFor } from './accept-purge.js'
import type { Dated, DatedRows } from './dated.js'
import { compareTexts } from './order.js'
import { partsOf } from './parts.js'

/** Most traces or sessions that are looked at in one go. */
const LOOKED_AT = 500
/** Most of their rows that go in one, but for one that has more: where one writes at a time, others wait for that. */
const MAX_ROWS = 2_000

const NOBODY: ReadonlySet<string> = new Set()

/** Purges all tenants, a batch after the other, until nothing is left or the time is over: one batch, if there is one, is always done. */
export async function purgeRows<D extends Dated>(
  rows: DatedRows<D>,
  order: AcceptedPurge,
): Promise<Omit<Purged, 'days'>> {
  const until = performance.now() + order.within
  const told: Told = { tenants: [], held: 0, secondsPast: 0 }
  const isOver = () => order.signal?.aborted || (told.tenants.length > 0 && performance.now() >= until)
  let isCut = false
  for (let tenant = await rows.tenantAfter(''); tenant !== undefined; tenant = await rows.tenantAfter(tenant)) {
    const work = new TenantPurge(rows, order, tenant, told)
    if (!isCut) await work.purge(isOver)
    if (!work.isDone) await work.tellOldest()
    isCut ||= !work.isDone
  }
  told.tenants.sort((a, b) => compareTexts(a.tenant, b.tenant))
  return { ...told, complete: !isCut }
}

type Told = Omit<Purged, 'days' | 'complete'>

class TenantPurge<D extends Dated> {
  /** True when nothing is left that is past its date. */
  isDone = false
  private isAllRemoved = true
  private readonly rule: PurgeRule
  private after: Dated['place'] | undefined

  constructor(
    private readonly rows: DatedRows<D>,
    private readonly order: AcceptedPurge,
    private readonly tenant: string,
    private readonly told: Told,
  ) {
    this.rule = ruleFor(order, tenant)
  }

  async purge(isOver: () => boolean | undefined): Promise<void> {
    const sum: PurgedTenant = { tenant: this.tenant, removed: 0, rows: 0 }
    for (let isLast = false; !isLast && !isOver(); ) {
      const { read, past, held } = await this.look()
      this.told.held += held
      let isWhole = true
      for (const part of partsOf(past, (row) => row.rows, MAX_ROWS)) {
        isWhole = !isOver()
        if (!isWhole) break
        if (this.order.dryRun) this.tell(part)
        const removed = this.order.dryRun ? part : await this.rows.remove(this.tenant, part)
        this.isAllRemoved &&= removed.length === part.length
        this.count(sum, removed)
      }
      isLast = read < LOOKED_AT
      this.isDone = isLast && isWhole && this.isAllRemoved
    }
  }

  private count(sum: PurgedTenant, removed: readonly D[]): void {
    if (sum.removed === 0 && removed.length > 0) this.told.tenants.push(sum)
    sum.removed += removed.length
    sum.rows += removed.reduce((count, row) => count + row.rows, 0)
  }

  /** How long what is left is past its date. */
  async tellOldest(): Promise<void> {
    this.after = undefined
    while (!this.isDone) {
      const { read, past } = await this.look()
      this.tell(past)
      if (past.length > 0) return
      this.isDone = read < LOOKED_AT
    }
  }

  private tell(past: readonly D[]): void {
    const { before = 0, errorsBefore = before } = this.rule
    for (const { at, isError } of past)
      this.told.secondsPast = Math.max(this.told.secondsPast, ((isError ? errorsBefore : before) - at) / 1_000)
  }

  /** What comes next, and what of it is past its date and not held. */
  private async look(): Promise<{ read: number; past: D[]; held: number }> {
    const { before = 0 } = this.rule
    const found = before > 0 ? await this.rows.oldest(this.tenant, before, this.after, LOOKED_AT) : []
    this.after = found.at(-1)?.place ?? this.after
    const past = found.filter(({ at, isError }) => isPast(this.rule, at, isError))
    // Asked each time: a hold that is placed meanwhile counts from the next look on.
    const users = past.length === 0 ? NOBODY : await this.order.heldOf(this.tenant)
    const partly = users.size === 0 ? NOBODY : await this.rows.heldAmong(this.tenant, past, users)
    const free = past.filter(({ id, userId }) => !partly.has(id) && !users.has(userId ?? ''))
    return { read: found.length, past: free, held: past.length - free.length }
  }
}
