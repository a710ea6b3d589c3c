import {
  type ApprovalRelay,
  acceptConsumer,
  acceptHolder,
  acceptList,
  acceptRegistration,
  acceptSettlements,
  type ConsumerState,
  type DeadLetter,
  type Delivery,
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
  toMicroseconds,
} from '@freehold/contract'
import { sweepApprovals } from './approval-sweeps.js'
import type { Database, Key } from './database.js'
import { letterOf, letterRow, ofConsumer, ofResult, STATE, settledUpdate, stateOf } from './documents/relay.js'
import { allOf, pageDown } from './listing.js'
import { deliveriesOf, dueOf, lookFor } from './relay-deliveries.js'
import { handOut, lookBack, reopen } from './relay-handing-out.js'
import { findConsumer, holdConsumer, knownConsumer, NOBODY } from './relay-holding.js'
import { forgetRemoved } from './remove-approval.js'

const LETTER_KEY = ['_id.tenant', '_id.id', '_id.seq'] as const

/** The approvals of all tenants, told to whoever registered. */
export class MongoRelay implements ApprovalRelay {
  constructor(private readonly db: Database) {}

  async register(consumer: string, options?: { from?: RelayStart }): Promise<void> {
    const { name, from } = acceptRegistration(consumer, options)
    const start = from ?? 'now'
    const walked = start === 'start' ? { walked: { tenant: '', id: '' } } : {}
    const id = newId()
    const isNew = await this.db.retry(async () => {
      const there = await findConsumer(this.db, name)
      if (there !== undefined) refuseOtherStart(there.consumer.start, from)
      if (there !== undefined) return there.consumer.id === id
      const now = new Date(await this.db.now())
      const row = { _id: name, id, start, since: now, holder: NOBODY, until: now, ...walked }
      if ((await this.db.insertNew('approval_consumers', [row])).length > 0) throw new Moved()
      return true
    })
    // Once it is seen by all: what they handed out before that, they did without it.
    if (isNew && start === 'now')
      await this.db.retry(() =>
        this.db.collection('approval_consumers').updateOne({ _id: name, id }, [{ $set: { since: '$$NOW' } }]),
      )
    await reopen(this.db)
  }

  async take(consumer: string, holder: string, options?: { limit?: number }): Promise<Delivery[] | null> {
    const asked = acceptHolder(consumer, holder, options)
    const until = performance.now() + LOOKING_FOR
    for (;;) {
      const held = await holdConsumer(this.db, asked.name, asked.holder)
      if (held === null) return null
      const what = { ...held, limit: asked.limit }
      const isBehind = await lookBack(this.db, asked.name, held.consumer, held.clock)
      const { open, due } = await lookFor(this.db, what)
      if (open.length > 0) await handOut(this.db, open, held.clock)
      const found = open.length > 0 ? await dueOf(this.db, what) : due
      const isMore = isBehind || open.length === LOOKED_AT
      if (found.length === 0 && isMore && performance.now() <= until) continue
      const told = await deliveriesOf(this.db, found)
      const gone = told.length < found.length ? await forgetRemoved(this.db, found) : 0
      if (gone === 0 || told.length > 0 || performance.now() > until) return told
    }
  }

  async settle(consumer: string, results: readonly Settlement[]): Promise<void> {
    const accepted = acceptSettlements(consumer, results)
    const { consumer: own, clock } = await knownConsumer(this.db, accepted.name)
    if (accepted.results.length === 0) return
    const dying = accepted.results.filter(({ dead }) => dead !== undefined)
    if (dying.length > 0) {
      const those = { $or: dying.map((result) => ofResult(own.id, result)) }
      const known = await this.db.retry(() => this.db.find('approval_relays', those, { projection: { _id: 1 } }))
      const mine = new Set(known.map((row) => keyOf((row._id as Key).tenant, (row._id as Key).id!)))
      const letters = dying
        .filter(({ tenant, approvalId }) => mine.has(keyOf(tenant, approvalId)))
        .flatMap(({ tenant, approvalId, dead = [] }) =>
          dead.map((letter) => letterRow(own.id, { tenant, approvalId, ...letter, at: clock })),
        )
      // Before they count as told, so that none is lost between.
      await this.db.retry(() => this.db.insertNew('approval_dead', letters))
    }
    const updates = accepted.results.map((result) => settledUpdate(own.id, result))
    await this.db.retry(() => this.db.collection('approval_relays').bulkWrite(updates as never, { ordered: false }))
  }

  sweep(): Promise<number> {
    return sweepApprovals(this.db)
  }

  async release(consumer: string, holder: string): Promise<void> {
    const { name, holder: own } = acceptHolder(consumer, holder)
    await this.db.retry(() =>
      this.db.collection('approval_consumers').updateOne({ _id: name, holder: own }, { $set: { holder: NOBODY } }),
    )
  }

  async state(consumer: string): Promise<ConsumerState> {
    const { id } = (await knownConsumer(this.db, acceptConsumer(consumer))).consumer
    const mine = { '_id.consumer': id }
    const waiting = [{ $match: { ...mine, nextAt: { $exists: true } } }, STATE]
    const [row] = await this.db.retry(() => this.db.aggregate('approval_relays', waiting))
    const [dead] = await this.db.retry(() =>
      this.db.aggregate('approval_dead', [{ $match: mine }, { $count: 'letters' }]),
    )
    return stateOf(row, (dead?.letters as number | undefined) ?? 0)
  }

  async dead(consumer: string, page?: PageRequest): Promise<Page<DeadLetter>> {
    const example = [0, '', '', 0] as const
    const [name, at] = acceptList('dead letters', example, () => acceptConsumer(consumer), page)
    const { id } = (await knownConsumer(this.db, name)).consumer
    const { filter, ...order } = pageDown([{ field: 'at', time: true }, ...LETTER_KEY.map((field) => ({ field }))], at)
    const rows = await this.db.retry(() => this.db.find('approval_dead', allOf({ '_id.consumer': id }, filter), order))
    return pageOf('dead letters', rows.map(letterOf), at.limit, (letter) => [
      toMicroseconds(letter.at),
      letter.tenant,
      letter.approvalId,
      letter.seq,
    ])
  }

  async unregister(consumer: string): Promise<void> {
    const name = acceptConsumer(consumer)
    const known = await this.db.retry(() => findConsumer(this.db, name))
    if (known === undefined) return
    const { id } = known.consumer
    await this.forget(id)
    await this.db.retry(() => this.db.collection('approval_consumers').deleteOne({ _id: name, id }))
    // What others handed out to it meanwhile.
    await this.forget(id)
  }

  private async forget(consumer: string): Promise<void> {
    for (const collection of ['approval_relays', 'approval_dead'])
      await this.db.retry(() => this.db.collection(collection).deleteMany(ofConsumer(consumer)))
  }
}

function keyOf(tenant: string, id: string): string {
  return JSON.stringify([tenant, id])
}
