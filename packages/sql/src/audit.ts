import {
  type AcceptedEntry,
  type AuditEntry,
  type AuditHead,
  type AuditInput,
  type AuditQuery,
  type AuditStore,
  acceptAuditQuery,
  acceptCheckpoint,
  acceptEntries,
  acceptPage,
  acceptShape,
  acceptStream,
  ChainCheck,
  type Checkpoint,
  checkId,
  emptyHead,
  type Link,
  linkEntry,
  type Page,
  type PageRequest,
  pageOf,
  type Shape,
  StoreError,
  sameEntry,
  toMicroseconds,
  type Verification,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { type Database, Moved } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageDown, whereBetween, whereEqual } from './listing.js'
import {
  checkpointOf,
  checkpointPatch,
  ENTRY_COLUMNS,
  entryOf,
  HEAD_COLUMNS,
  headOf,
  headRow,
  linkOf,
  linkRow,
} from './rows/audit.js'
import { defineView } from './shape-view.js'

/** How many entries are read at a time while a chain is verified. */
const VERIFY_PAGE = 1000

/** The shapes that this process defined. */
export type ShapesByTenant = Map<string, Map<string, Shape>>

export class SqlAudit implements AuditStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    private readonly shapes: ShapesByTenant,
  ) {}

  async append(inputs: readonly AuditInput[]): Promise<AuditEntry[]> {
    const entries = await acceptEntries(inputs, this.shapes.get(this.tenant) ?? new Map(), Date.now())
    if (entries.length === 0) return []
    return this.db.transaction(async (trx) => {
      const heads = await this.lockHeads(trx, [...new Set(entries.map((entry) => entry.stream))].sort())
      const stored = await this.storedOf(trx, entries)
      const links: Link[] = []
      for (const entry of entries) {
        const before = stored.get(entry.id)
        if (before !== undefined) sameEntry(entry, before)
        else links.push(this.link(entry, heads, stored))
      }
      const rows = links.map((link) => linkRow(this.db.dialect, this.tenant, link))
      if ((await this.db.insertNew(trx, 'audit', rows)) < rows.length) await this.refuseStaleHeads(trx, heads)
      await this.moveHeads(trx, heads)
      return entries.map((entry) => stored.get(entry.id)!)
    })
  }

  async checkpoint(stream?: string): Promise<Checkpoint> {
    const name = acceptStream(stream)
    return this.db.transaction(async (trx) => {
      const [locked] = await this.lockHeads(trx, [name])
      const checkpoint = { ...locked!.head, at: Date.now() }
      await this.heads(trx).where({ stream: name }).update(checkpointPatch(this.db.dialect, checkpoint))
      return checkpoint
    })
  }

  async define(shape: Shape): Promise<void> {
    const accepted = acceptShape(shape)
    await defineView(this.db, this.tenant, accepted)
    const own = this.shapes.get(this.tenant) ?? new Map<string, Shape>()
    this.shapes.set(this.tenant, own.set(accepted.name, accepted))
  }

  async read(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const filters = acceptAuditQuery(query)
    return filters.stream === undefined ? this.readByTime(filters, page) : this.readBySeq(filters, page)
  }

  async get(id: string): Promise<AuditEntry | null> {
    const entryId = checkId('audit entry', id)
    const row = await this.db.read<Row | undefined>((knex) =>
      this.entries(knex).where({ id: entryId }).first(ENTRY_COLUMNS),
    )
    return row === undefined ? null : entryOf(this.db.dialect, row)
  }

  async head(stream?: string): Promise<AuditHead> {
    const name = acceptStream(stream)
    const row = await this.storedHead(name)
    return row === undefined ? emptyHead(name) : headOf(this.db.dialect, row)
  }

  async verify(stream?: string, kept?: Checkpoint): Promise<Verification> {
    const name = acceptStream(stream)
    const given = acceptCheckpoint(kept, name)
    const row = await this.storedHead(name)
    const remembered = row === undefined ? undefined : checkpointOf(this.db.dialect, row)
    const check = new ChainCheck(
      this.tenant,
      name,
      [given, remembered].filter((checkpoint) => checkpoint !== undefined),
    )
    // Entries are appended while the chain is read: it ends where nothing follows the entry that the head names.
    for (;;) {
      const links = await this.linksAfter(name, check.last)
      check.add(links)
      if (check.failed) return check.result(emptyHead(name))
      if (links.length > 0) continue
      const head = await this.head(name)
      if (head.seq <= check.last || (await this.linksAfter(name, check.last)).length === 0) return check.result(head)
    }
  }

  /** Chains an entry to the head of its stream, which it moves. */
  private link(entry: AcceptedEntry, heads: readonly LockedHead[], stored: Map<string, AuditEntry>): Link {
    const { timeGiven: _, ...body } = entry
    const locked = heads.find(({ head }) => head.stream === entry.stream)!
    const link = linkEntry(this.tenant, body, locked.head)
    const { stream, seq, hash } = link.entry
    locked.head = { stream, seq, hash }
    stored.set(entry.id, link.entry)
    return link
  }

  private async lockHeads(trx: Knex, streams: readonly string[]): Promise<LockedHead[]> {
    const fresh = streams.map((stream) => headRow(this.db.dialect, this.tenant, emptyHead(stream)))
    await this.db.insertNew(trx, 'audit_heads', fresh)
    const rows: Row[] = await this.heads(trx).whereIn('stream', streams).orderBy('stream').forUpdate()
    return rows.map((row) => ({ head: headOf(this.db.dialect, row), before: headOf(this.db.dialect, row).seq }))
  }

  /** The heads are locked, so a place that is taken means that a head was set back, or that an id was taken meanwhile. */
  private async refuseStaleHeads(trx: Knex, heads: readonly LockedHead[]): Promise<never> {
    for (const { head, before } of heads) {
      const beyond = await this.entries(trx).where({ stream: head.stream }).where('seq', '>', before).first('seq')
      if (beyond !== undefined)
        throw new StoreError(
          'internal',
          'the head of the stream is behind its entries; run verify to see what happened',
        )
    }
    throw new Moved()
  }

  private async moveHeads(trx: Knex, heads: readonly LockedHead[]): Promise<void> {
    for (const { head, before } of heads) {
      if (head.seq === before) continue
      const mine = this.heads(trx).where({ stream: head.stream, seq: before })
      if ((await mine.update({ seq: head.seq, hash: head.hash })) === 0) throw new Moved()
    }
  }

  private async storedOf(trx: Knex, entries: readonly AcceptedEntry[]): Promise<Map<string, AuditEntry>> {
    const ids = entries.map((entry) => entry.id)
    const rows: Row[] = await this.entries(trx).select(ENTRY_COLUMNS).whereIn('id', ids)
    return new Map(rows.map((row) => [row.id as string, entryOf(this.db.dialect, row)]))
  }

  private async readByTime(filters: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const at = acceptPage('audit', [0, ''] as const, page)
    const sort = [{ column: 'time', time: true as const }, { column: 'id' }]
    const rows = await this.db.read<Row[]>((knex) => pageDown(this.db.dialect, this.matching(knex, filters), sort, at))
    const entries = rows.map((row) => entryOf(this.db.dialect, row))
    const key = (entry: AuditEntry) => [toMicroseconds(entry.time), entry.id]
    return pageOf('audit', entries, at.limit, key, (entry) => entry)
  }

  private async readBySeq(filters: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const at = acceptPage('audit stream', [0] as const, page)
    const sort = [{ column: 'seq' }]
    const rows = await this.db.read<Row[]>((knex) => pageDown(this.db.dialect, this.matching(knex, filters), sort, at))
    const entries = rows.map((row) => entryOf(this.db.dialect, row))
    const key = (entry: AuditEntry) => [entry.seq]
    return pageOf('audit stream', entries, at.limit, key, (entry) => entry)
  }

  private matching(knex: Knex, { from, to, ...equal }: AuditQuery): Knex.QueryBuilder {
    const rows = this.entries(knex).select(ENTRY_COLUMNS)
    whereEqual(rows, equal)
    whereBetween(this.db.dialect, rows, 'time', { from, to })
    return rows
  }

  private async linksAfter(stream: string, seq: number): Promise<Link[]> {
    const rows = await this.db.read<Row[]>((knex) =>
      this.entries(knex).where({ stream }).where('seq', '>', seq).orderBy('seq').limit(VERIFY_PAGE),
    )
    return rows.map((row) => linkOf(this.db.dialect, row))
  }

  private storedHead(stream: string): Promise<Row | undefined> {
    return this.db.read<Row | undefined>((knex) => this.heads(knex).where({ stream }).first(HEAD_COLUMNS))
  }

  private entries(knex: Knex): Knex.QueryBuilder {
    return knex(this.db.table('audit')).where({ tenant: this.tenant })
  }

  private heads(knex: Knex): Knex.QueryBuilder {
    return knex(this.db.table('audit_heads')).where({ tenant: this.tenant })
  }
}

/** A head in a transaction: where it is now, and where it was when it was locked. */
interface LockedHead {
  head: AuditHead
  before: number
}
