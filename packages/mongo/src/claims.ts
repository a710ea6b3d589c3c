import { type AuditEntry, groupBy, Moved, newId, StoreError } from '@freehold/contract'
import type { Chains } from './chain.js'
import type { Database, Key } from './database.js'
import { isOfDeadWriter } from './documents/counts.js'

/** To which stream an id was given, and by which batch. */
interface Claim {
  stream: string
  batch: string
}

/**
 * The ids of a batch of appends. Each is given to a stream before anything is appended, so that no two streams append
 * entries of one id at a time. A claim that comes to no entry is taken back, and says by its batch who may do that: whoever
 * relies on one that somebody else made puts its own batch there first.
 */
export class Claims {
  readonly batch = newId()
  private readonly given = new Map<string, Claim>()
  /** Ids that nobody had used before this batch claimed them. */
  readonly fresh = new Set<string>()
  /** Ids that others rely on as well. */
  private readonly adopted = new Set<string>()

  constructor(
    private readonly db: Database,
    private readonly chains: Chains,
  ) {}

  /** Gives ids to streams, unless they were given before, and resolves to the entries that are there. May be repeated. */
  async take(wanted: ReadonlyMap<string, string>): Promise<Map<string, AuditEntry>> {
    const ids = [...wanted.keys()]
    const rows = ids.map((id) => ({ _id: this.chains.key(id), stream: wanted.get(id)!, batch: this.batch }))
    const taken = (await this.db.insertNew('audit_ids', rows)).map((place) => ids[place]!)
    for (const id of ids) {
      this.given.set(id, { stream: wanted.get(id)!, batch: this.batch })
      this.fresh.add(id)
    }
    if (taken.length === 0) return new Map()
    const found = await this.db.find('audit_ids', { _id: { $in: taken.map((id) => this.chains.key(id)) } })
    for (const { _id, stream, batch } of found) this.given.set((_id as Key).id!, { stream, batch } as Claim)
    for (const id of taken) this.fresh.delete(id)
    // One was taken back in between.
    if (found.length < taken.length) throw new Moved()
    const stored = new Map((await this.chains.entries(taken)).map((entry) => [entry.id, entry]))
    await this.takeOver(wanted, stored)
    return stored
  }

  streamOf(id: string): string {
    return this.given.get(id)!.stream
  }

  /** Makes the claims of others its own, before it relies on them. @throws Moved when one was taken back */
  async adopt(ids: readonly string[]): Promise<void> {
    const foreign = ids.filter((id) => this.given.get(id)!.batch !== this.batch)
    for (const id of foreign) this.adopted.add(id)
    await this.change(foreign, (id) => this.streamOf(id))
  }

  /** @throws StoreError `timeout` for a batch so old that others may take its ids over */
  hold(): void {
    if (isOfDeadWriter(this.batch))
      throw new StoreError(
        'timeout',
        'the append was held up for ten minutes, and given up; append the same entries again',
      )
  }

  /** Takes back what this batch alone has claimed of these ids, which have no entries, and resolves to those. */
  async release(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const own = ids.filter((id) => this.given.get(id)!.batch === this.batch && !this.adopted.has(id))
    const those = { _id: { $in: own.map((id) => this.chains.key(id)) }, batch: this.batch }
    // What is left, because the database could not be reached, is taken over by others in time.
    if (own.length > 0) await this.db.retry(() => this.db.collection('audit_ids').deleteMany(those)).catch(() => null)
    return new Set(own)
  }

  /** Takes ids from writers that are dead for sure, and have not come to append them to their streams. */
  private async takeOver(wanted: ReadonlyMap<string, string>, stored: Map<string, AuditEntry>): Promise<void> {
    const dead = [...this.given.keys()].filter((id) => {
      const { stream, batch } = this.given.get(id)!
      return stream !== wanted.get(id) && !stored.has(id) && isOfDeadWriter(batch)
    })
    if (dead.length === 0) return
    for (const [stream, ids] of groupBy(dead, (id) => this.streamOf(id))) {
      await this.chains.fence(
        stream,
        ids.map((id) => this.given.get(id)!.batch),
      )
      // What moved the head of a stream is appended, also where it has no document yet.
      await this.chains.settle(stream)
    }
    for (const entry of await this.chains.entries(dead)) stored.set(entry.id, entry)
    await this.change(
      dead.filter((id) => !stored.has(id)),
      (id) => wanted.get(id)!,
    )
  }

  private async change(ids: readonly string[], streamOf: (id: string) => string): Promise<void> {
    if (ids.length === 0) return
    const { batch } = this
    const operations = ids.map((id) => {
      const filter = { _id: this.chains.key(id), batch: this.given.get(id)!.batch }
      return { updateOne: { filter, update: { $set: { stream: streamOf(id), batch } } } }
    })
    const { matchedCount } = await this.db.collection('audit_ids').bulkWrite(operations, { ordered: false })
    if (matchedCount < ids.length) throw new Moved()
    for (const id of ids) this.given.set(id, { stream: streamOf(id), batch })
  }
}
