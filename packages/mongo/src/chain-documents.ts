import type { AuditEntry, AuditHead, Link } from '@freehold/contract'
import type { Database, Key, Row } from './database.js'
import { ENTRY_FIELDS, entryOf, headOf, linkRow, pendingOf, setBack } from './documents/audit.js'

/**
 * The documents of the chains of one tenant. Those of a chain are always its first entries, without a gap: entries get theirs
 * in order, and what is missing behind them stands in the head (`pending`), so that whoever reads both knows the chain.
 */
export class ChainDocuments {
  constructor(
    protected readonly db: Database,
    protected readonly tenant: string,
  ) {}

  /**
   * The head of a stream, for a reader. What was left pending is made good on the way; where that fails, because the reader
   * may not write or the disk is full, it is still there in the head.
   */
  async settledHead(stream: string): Promise<Row | null> {
    const row = await this.headRow(stream)
    await this.makeGood(row, stream).catch(() => undefined)
    return row
  }

  /** The head of a stream, for a writer: every entry has its document. */
  async settle(stream: string): Promise<Row | null> {
    const row = await this.headRow(stream)
    await this.makeGood(row, stream)
    return row
  }

  /** Stored entries with these ids, whatever their stream. */
  async entries(ids: readonly string[]): Promise<AuditEntry[]> {
    const keys = ids.map((id) => this.key(id))
    const rows = await this.db.find('audit', { _id: { $in: keys } }, { projection: ENTRY_FIELDS })
    return rows.map(entryOf)
  }

  key(id: string): Key {
    return { tenant: this.tenant, id }
  }

  headKey(stream: string): Key {
    return { tenant: this.tenant, stream }
  }

  protected headRow(stream: string): Promise<Row | null> {
    return this.db.collection('audit_heads').findOne({ _id: this.headKey(stream) })
  }

  /** Gives entries their documents, unless they have them. @throws StoreError `internal` where others stand in their places */
  protected async insert(links: readonly Link[]): Promise<void> {
    for (let left = links; ; ) {
      const rows = left.map((link) => linkRow(this.tenant, link))
      const [taken] = await this.db.insertNew('audit', rows, { ordered: true })
      if (taken === undefined) return
      const there = new Map((await this.entries(left.map(({ entry }) => entry.id))).map((entry) => [entry.id, entry]))
      const isOurs = ({ entry: { id, seq, stream } }: Link) =>
        there.get(id)?.seq === seq && there.get(id)?.stream === stream
      if (!isOurs(left[taken]!)) throw setBack()
      left = left.filter((link) => !isOurs(link))
    }
  }

  protected async clear({ stream, hash }: AuditHead): Promise<void> {
    await this.db.collection('audit_heads').updateOne({ _id: this.headKey(stream), hash }, { $set: { pending: [] } })
  }

  private async makeGood(row: Row | null, stream: string): Promise<void> {
    const pending = pendingOf(row)
    if (pending.length === 0) return
    await this.insert(pending)
    await this.clear(headOf(row, stream))
  }
}
