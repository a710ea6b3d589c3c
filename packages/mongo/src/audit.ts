import {
  type AuditEntry,
  type AuditHead,
  type AuditInput,
  type AuditQuery,
  type AuditRecord,
  type AuditStore,
  acceptAuditQuery,
  acceptEntries,
  acceptList,
  acceptRecords,
  acceptShape,
  acceptStream,
  acceptVerification,
  ChainCheck,
  type ChainReads,
  type Checkpoint,
  chainPages,
  checkId,
  emptyHead,
  firstPage,
  type Link,
  Moved,
  type Page,
  type PageAt,
  type PageRequest,
  pageOf,
  recordOfLink,
  type Shape,
  StoreError,
  toMicroseconds,
  type Verification,
  type VerifyOptions,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import { AppendQueue } from './append-entries.js'
import { Chains, type Heads } from './chain.js'
import type { Database, Row } from './database.js'
import { checkpointPatch, ENTRY_FIELDS, entryOf, headOf, linkOf, pendingOf, vouchedOf } from './documents/audit.js'
import { allOf, pageDown, type SortField, whereBetween, whereEqual } from './listing.js'
import { defineView } from './shape-view.js'

/** Most places of a chain that are looked at at once. */
const MAX_LINKS = 1000
/** Of what other hands made no text there is no length. */
const IS_TEXT = { $eq: [{ $type: '$hashedText' }, 'string'] }

/** Of how many tenants a process keeps the appends. */
const MAX_WRITERS = 1000

/** What the audits of one process share: by tenant the shapes it defined, and its appends, those of late last; and heads. */
export interface ProcessAudit {
  shapes: Map<string, Map<string, Shape>>
  writers: Map<string, AppendQueue>
  heads: Heads
}

export function newProcess(): ProcessAudit {
  return { shapes: new Map(), writers: new Map(), heads: new Map() }
}

export class MongoAudit implements AuditStore {
  private readonly chains: Chains

  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    private readonly process: ProcessAudit,
  ) {
    this.chains = new Chains(db, tenant, process.heads)
  }

  async append(inputs: readonly AuditInput[]): Promise<AuditEntry[]> {
    const shapes = this.process.shapes.get(this.tenant) ?? new Map<string, Shape>()
    const entries = await acceptEntries(inputs, shapes, Date.now())
    return entries.length === 0 ? [] : this.writer().append(entries)
  }

  async checkpoint(stream?: string): Promise<Checkpoint> {
    const name = acceptStream(stream)
    return this.db.retry(async () => {
      const row = await this.chains.settle(name)
      const head = headOf(row, name)
      const checkpoint = { ...head, at: Date.now() }
      const patch = checkpointPatch(checkpoint)
      const heads = this.db.collection('audit_heads')
      const _id = this.chains.headKey(name)
      if (row === null) {
        const { seq, hash } = head
        if ((await this.db.insertNew('audit_heads', [{ _id, seq, hash, ...patch }])).length > 0) throw new Moved()
      } else if ((await heads.updateOne({ _id, hash: head.hash }, { $set: patch })).matchedCount === 0)
        throw new Moved()
      return checkpoint
    })
  }

  async define(shape: Shape): Promise<void> {
    const accepted = acceptShape(shape)
    await defineView(this.db, this.tenant, accepted)
    const own = this.process.shapes.get(this.tenant) ?? new Map<string, Shape>()
    this.process.shapes.set(this.tenant, own.set(accepted.name, accepted))
  }

  async read(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    return query?.stream === undefined ? this.readByTime(query, page) : this.readBySeq(query, page)
  }

  async get(id: string): Promise<AuditEntry | null> {
    const entryId = checkId('audit entry', id)
    const [entry] = await this.db.retry(() => this.chains.entries([entryId]))
    return this.db.present('audit', entry ?? null)
  }

  async head(stream?: string): Promise<AuditHead> {
    const name = acceptStream(stream)
    return headOf(await this.storedHead(name), name)
  }

  async records(stream?: string, after?: number): Promise<AuditRecord[]> {
    const accepted = acceptRecords(stream, after)
    const row = await this.headToVerify(accepted.stream)
    const links = await firstPage(accepted.after, this.readsOf(accepted.stream))
    return (links.length > 0 ? links : unwritten(row, accepted.after)).map(recordOfLink)
  }

  async verify(stream?: string, options?: VerifyOptions): Promise<Verification> {
    const asked = acceptVerification(stream, options)
    asked.signal?.throwIfAborted()
    const { stream: name } = asked
    const began = await this.headToVerify(name)
    const check = new ChainCheck(this.tenant, asked, headOf(began, name), vouchedOf(began))
    check.add(await this.strayLinks(name))
    // Entries are appended while the chain is read: it ends where nothing follows the entry that the head names.
    for (;;) {
      for await (const links of chainPages(check.last, this.readsOf(name)))
        if (!check.take(links)) return check.result(emptyHead(name))
      const row = await this.headToVerify(name)
      const head = headOf(row, name)
      if (head.seq > check.last && (await this.sizesAfter(name, check.last)).length > 0) continue
      const rest = unwritten(row, check.last)
      if (rest.length > 0) check.take(rest)
      return check.result(head)
    }
  }

  private async readByTime(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit', [0, ''] as const, () => acceptAuditQuery(query), page)
    const entries = await this.entries(filters, [{ field: 'time', time: true }, { field: '_id.id' }], at)
    return pageOf('audit', entries, at.limit, (entry) => [toMicroseconds(entry.time), entry.id])
  }

  private async readBySeq(query: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit stream', [0] as const, () => acceptAuditQuery(query), page)
    const entries = await this.entries(filters, [{ field: 'seq' }], at)
    return pageOf('audit stream', entries, at.limit, (entry) => [entry.seq])
  }

  private async entries(
    { from, to, ...equal }: AuditQuery,
    fields: readonly SortField[],
    at: PageAt,
  ): Promise<AuditEntry[]> {
    const after = pageDown(fields, at)
    const those = allOf(this.own(equal), ...whereBetween('time', { from, to }), after.filter)
    const { sort, limit } = after
    const rows = await this.db.retry(() => this.db.find('audit', those, { projection: ENTRY_FIELDS, sort, limit }))
    return (await this.db.present('audit', rows)).map(entryOf)
  }

  private readsOf(stream: string): ChainReads {
    return {
      sizesAfter: (last) => this.sizesAfter(stream, last),
      links: async (after, to) => {
        const those = { ...this.own({ stream }), seq: { $gt: after, $lte: to } }
        const rows = await this.db.retry(() => this.db.find('audit', those, { sort: { seq: 1 } }))
        // Of a page that takes several replies, not every server that speaks this protocol keeps the order.
        return rows.map((row) => linkOf(this.tenant, row)).sort((a, b) => a.entry.seq - b.entry.seq)
      },
    }
  }

  /** One that stands at no place of the chain, where no reading of it comes by. */
  private async strayLinks(stream: string): Promise<Link[]> {
    const those = { ...this.own({ stream }), seq: { $not: { $gt: 0 } } }
    const rows = await this.db.retry(() => this.db.find('audit', those, { limit: 1 }))
    return rows.map((row) => linkOf(this.tenant, row))
  }

  /** How many bytes were hashed of each of the next links after a place. */
  private async sizesAfter(stream: string, seq: number): Promise<{ seq: number; size: number }[]> {
    const rows = await this.db.retry(() =>
      this.db.aggregate('audit', [
        { $match: { ...this.own({ stream }), seq: { $gt: seq } } },
        { $sort: { seq: 1 } },
        { $limit: MAX_LINKS },
        { $project: { seq: 1, size: { $cond: [IS_TEXT, { $strLenBytes: '$hashedText' }, 0] } } },
      ]),
    )
    return rows.map((row) => ({ seq: row.seq as number, size: row.size as number })).sort((a, b) => a.seq - b.seq)
  }

  private async storedHead(stream: string): Promise<Row | null> {
    return this.db.present('audit', await this.db.retry(() => this.chains.settledHead(stream)))
  }

  /** The same, or one that holds what cannot be read, as it is. */
  private async headToVerify(stream: string): Promise<Row | null> {
    try {
      return await this.storedHead(stream)
    } catch (error) {
      if (!StoreError.is(error, 'internal')) throw error
      return this.db.retry(() => this.db.collection('audit_heads').findOne({ _id: this.chains.headKey(stream) }))
    }
  }

  /** Made by the first append. One that is dropped while it is at work is a writer like those of other processes. */
  private writer(): AppendQueue {
    const { writers } = this.process
    const writer = writers.get(this.tenant) ?? new AppendQueue(this.db, this.tenant, this.process.heads)
    writers.delete(this.tenant)
    writers.set(this.tenant, writer)
    if (writers.size > MAX_WRITERS) writers.delete(writers.keys().next().value!)
    return writer
  }

  private own(equal: AuditQuery): Document {
    return { '_id.tenant': this.tenant, ...whereEqual({ ...equal }) }
  }
}

/** The entries of a head after a place that may have no documents yet. What cannot be read is an altered one. */
function unwritten(row: Row | null, last: number): Link[] {
  try {
    return pendingOf(row).filter(({ entry }) => entry.seq > last)
  } catch (error) {
    if (!StoreError.is(error, 'internal')) throw error
    const entry = { seq: last + 1, previousHash: '', hash: '' } as AuditEntry
    return [{ entry, text: '', altered: true }]
  }
}
