import {
  type ApprovalRelay,
  acceptConsumer,
  acceptHolder,
  acceptList,
  acceptRegistration,
  acceptSettlements,
  type ConsumerState,
  compact,
  type DeadLetter,
  type Delivery,
  isOfFormer,
  LOOKED_AT,
  LOOKING_FOR,
  Moved,
  newId,
  type Page,
  type PageRequest,
  pageOf,
  type RelayStart,
  refuseOtherStart,
  type Settlement,
  settled,
  toMicroseconds,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { sweepApprovals } from './approval-sweeps.js'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageDown } from './listing.js'
import { deliveriesOf, dueOf, keyInTenant, lookFor, requestTimes } from './relay-deliveries.js'
import { handOut, lookBack, reopen, whereThese } from './relay-handing-out.js'
import { findConsumer, holdConsumer, knownConsumer, NOBODY } from './relay-holding.js'
import { forgetRemoved } from './remove-approval.js'
import { consumers, letters, relays } from './rows/relay.js'

const LETTER_KEY = ['tenant', 'approval_id', 'seq'] as const
const RELAY_KEY = ['consumer', 'tenant', 'approval_id'] as const

/** The approvals of all tenants, told to whoever registered. */
export class SqlRelay implements ApprovalRelay {
  constructor(private readonly db: Database) {}

  async register(consumer: string, options?: { from?: RelayStart }): Promise<void> {
    const { name, from } = acceptRegistration(consumer, options)
    const { dialect } = this.db
    const start = from ?? 'now'
    const walked = start === 'start' ? { walkedTenant: '', walkedId: '' } : {}
    const isNew = await this.db.transaction(async (trx) => {
      const there = await findConsumer(this.db, trx, name)
      if (there !== undefined) refuseOtherStart(there.consumer.start, from)
      if (there !== undefined) return false
      const now = await this.db.now(trx)
      const own = { name, id: newId(), start, since: now, holder: NOBODY, heldUntil: now, ...walked }
      if ((await this.db.insertNew(trx, 'approval_consumers', [consumers.toRow(dialect, own)])) === 0) throw new Moved()
      return true
    })
    // Once it is seen by all: what they handed out before that, they did without it.
    if (isNew && start === 'now')
      await this.db.transaction(async (trx) => {
        const since = dialect.toTime(await this.db.now(trx))
        await trx(this.db.table('approval_consumers'))
          .where({ name })
          .update({ since } as never)
      })
    await reopen(this.db)
  }

  async take(consumer: string, holder: string, options?: { limit?: number }): Promise<Delivery[] | null> {
    const asked = acceptHolder(consumer, holder, options)
    const until = performance.now() + LOOKING_FOR
    for (;;) {
      const held = await holdConsumer(this.db, asked.name, asked.holder)
      if (held === null) return null
      const what = { ...held, limit: asked.limit }
      const isBehind = await lookBack(this.db, held.consumer, held.clock)
      const { open, due } = await lookFor(this.db, what)
      if (open.length > 0) await handOut(this.db, open, held.clock)
      const found = open.length > 0 ? await dueOf(this.db, what) : due
      const isMore = isBehind || open.length === LOOKED_AT
      if (found.length === 0 && isMore && performance.now() <= until) continue
      const told = await deliveriesOf(this.db, found)
      const gone = told.length < found.length ? await forgetRemoved(this.db, held.consumer, found) : 0
      if (gone === 0 || told.length > 0 || performance.now() > until) return told
    }
  }

  async settle(consumer: string, results: readonly Settlement[]): Promise<void> {
    const accepted = acceptSettlements(consumer, results)
    const { dialect } = this.db
    await this.db.transaction(async (trx) => {
      const { consumer: own, clock } = await knownConsumer(this.db, trx, accepted.name)
      if (accepted.results.length === 0) return
      const told = new Map(accepted.results.map((one) => [keyInTenant(one.tenant, one.approvalId), one]))
      const keys = accepted.results.map(({ tenant, approvalId: id }) => ({ tenant, id }))
      const mine = trx(this.db.table('approval_relays')).where({ consumer: own.id })
      const rows: Row[] = await whereThese(mine, 'approval_id', keys).select(relays.columns).forUpdate()
      const before = rows.map((row) => relays.fromRow(dialect, row))
      const requested = await requestTimes(this.db, trx, before)
      const results = before.flatMap((one) => {
        const key = keyInTenant(one.tenant, one.approvalId)
        const result = told.get(key)!
        return isOfFormer(result, requested.get(key)) ? [] : [{ one, result }]
      })
      const after = results.map(({ one, result }) =>
        relays.toRow(dialect, { ...settled(one, result, clock), ...keyOf(one) }),
      )
      const dead = results.flatMap(({ one, result }) =>
        (result.dead ?? []).map((letter) => {
          const { consumer: id, ...of } = keyOf(one)
          return { consumer: id, ...letters.toRow(dialect, { ...of, ...letter, at: clock }) }
        }),
      )
      if (after.length > 0) await this.db.overwrite(trx, 'approval_relays', RELAY_KEY, after)
      if (dead.length > 0) await this.db.insertNew(trx, 'approval_dead', dead)
    })
  }

  sweep(): Promise<number> {
    return sweepApprovals(this.db)
  }

  async release(consumer: string, holder: string): Promise<void> {
    const { name, holder: own } = acceptHolder(consumer, holder)
    await this.db.transaction(async (trx) =>
      trx(this.db.table('approval_consumers'))
        .where({ name, holder: own })
        .update({ holder: NOBODY } as never),
    )
  }

  async state(consumer: string): Promise<ConsumerState> {
    const name = acceptConsumer(consumer)
    const { id } = await this.idOf(name)
    const { dialect } = this.db
    const [row] = await this.db.read<Row[]>((knex) =>
      knex(this.db.table('approval_relays'))
        .where({ consumer: id })
        .whereNotNull('next_at')
        .count({ waiting: '*' })
        .select(knex.raw('sum(case when attempts > 0 then 1 else 0 end) as failing'))
        .select(knex.raw('min(coalesce(failing_since, next_at)) as oldest')),
    )
    const [letters] = await this.db.read<Row[]>((knex) =>
      knex(this.db.table('approval_dead')).where({ consumer: id }).count({ dead: '*' }),
    )
    const { waiting, failing, oldest } = row!
    return compact({
      waiting: dialect.fromInteger(waiting),
      oldest: oldest === null ? undefined : dialect.fromTime(oldest),
      failing: dialect.fromInteger(failing ?? 0),
      dead: dialect.fromInteger(letters!.dead),
    })
  }

  async dead(consumer: string, page?: PageRequest): Promise<Page<DeadLetter>> {
    const example = [0, '', '', 0] as const
    const [name, at] = acceptList('dead letters', example, () => acceptConsumer(consumer), page)
    const { id } = await this.idOf(name)
    const sort = [{ column: 'at', time: true as const }, ...LETTER_KEY.map((column) => ({ column }))]
    const rows = await this.db.read<Row[]>((knex) => {
      const mine = knex(this.db.table('approval_dead')).where({ consumer: id })
      return pageDown(this.db.dialect, mine.select(letters.columns), sort, at)
    })
    const found = rows.map((row) => letters.fromRow(this.db.dialect, row))
    return pageOf('dead letters', found, at.limit, (letter) => [
      toMicroseconds(letter.at),
      letter.tenant,
      letter.approvalId,
      letter.seq,
    ])
  }

  async unregister(consumer: string): Promise<void> {
    const name = acceptConsumer(consumer)
    const known = await this.db.read((knex) => findConsumer(this.db, knex, name))
    if (known === undefined) return
    const { id } = known.consumer
    await this.forget(id)
    await this.db.transaction(async (trx) => trx(this.db.table('approval_consumers')).where({ name, id }).delete())
    // What others handed out to it meanwhile.
    await this.forget(id)
  }

  private async idOf(name: string): Promise<{ id: string }> {
    return (await this.db.read((knex) => knownConsumer(this.db, knex, name))).consumer
  }

  /** A part after the other, each as the key has it. */
  private async forget(consumer: string): Promise<void> {
    for (const table of ['approval_relays', 'approval_dead']) {
      const mine = (knex: Knex) => knex(this.db.table(table)).where({ consumer })
      for (;;) {
        const part: Row[] = await this.db.read((knex) =>
          mine(knex).select('tenant', 'approval_id').orderBy(['tenant', 'approval_id']).limit(LOOKED_AT),
        )
        if (part.length === 0) break
        const keys = part.map((row) => ({ tenant: row.tenant as string, id: row.approval_id as string }))
        await this.db.transaction(async (trx) => whereThese(mine(trx), 'approval_id', keys).delete())
      }
    }
  }
}

function keyOf({ consumer, tenant, approvalId }: { consumer: string; tenant: string; approvalId: string }) {
  return { consumer, tenant, approvalId }
}
