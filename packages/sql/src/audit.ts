import {
  type AuditEntry,
  type AuditHead,
  type AuditInput,
  type AuditQuery,
  type AuditStore,
  acceptAuditQuery,
  acceptEntries,
  acceptList,
  acceptShape,
  acceptStream,
  acceptVerification,
  ChainCheck,
  type Checkpoint,
  checkId,
  emptyHead,
  type Link,
  type Page,
  type PageRequest,
  pageOf,
  type Shape,
  toMicroseconds,
  type Verification,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { type AppendsByTenant, lockHeads } from './append-entries.js'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageDown, whereBetween, whereEqual } from './listing.js'
import { checkpointOf, checkpointPatch, ENTRY_COLUMNS, entryOf, HEAD_COLUMNS, headOf, linkOf } from './rows/audit.js'
import { defineView } from './shape-view.js'

/** The shapes that this process defined. */
export type ShapesByTenant = Map<string, Map<string, Shape>>

export class SqlAudit implements AuditStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    private readonly shapes: ShapesByTenant,
    private readonly appends: AppendsByTenant,
  ) {}

  async append(inputs: readonly AuditInput[]): Promise<AuditEntry[]> {
    const entries = await acceptEntries(inputs, this.shapes.get(this.tenant) ?? new Map(), Date.now())
    if (entries.length === 0) return []
    return this.appends.of(this.tenant).do(entries)
  }

  async checkpoint(stream?: string): Promise<Checkpoint> {
    const name = acceptStream(stream)
    return this.db.transaction(async (trx) => {
      const [head] = await lockHeads(this.db, trx, this.tenant, [name])
      const checkpoint = { ...head!, at: Date.now() }
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
    return query?.stream === undefined ? this.readByTime(query, page) : this.readBySeq(query, page)
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

  async verify(stream?: string, checkpoint?: Checkpoint): Promise<Verification> {
    const { stream: name, kept: given } = acceptVerification(stream, checkpoint)
    const row = await this.storedHead(name)
    const remembered = row === undefined ? undefined : checkpointOf(this.db.dialect, row)
    const check = new ChainCheck(
      this.tenant,
      name,
      [given, remembered].filter((checkpoint) => checkpoint !== undefined),
    )
    // Entries are appended while the chain is read: it ends where nothing follows the entry that the head names.
    for (;;) {
      await this.checkLinks(name, check)
      if (check.failed) return check.result(emptyHead(name))
      const head = await this.head(name)
      if (head.seq <= check.last || (await this.linksAfter(name, check.last, 1)).length === 0) return check.result(head)
    }
  }

  /** Checks what follows the last entry that was checked; a page is read while the one before it is checked. */
  private async checkLinks(stream: string, check: ChainCheck): Promise<void> {
    let links = await this.linksAfter(stream, check.last, check.wanted)
    while (links.length > 0 && !check.failed) {
      const last = links.at(-1)!.entry.seq
      const [following] = await Promise.all([this.linksAfter(stream, last, check.wanted), check.add(links)])
      links = following
    }
  }

  private async readByTime(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit', [0, ''] as const, () => acceptAuditQuery(query), page)
    const sort = [{ column: 'time', time: true as const }, { column: 'id' }]
    const rows = await this.db.read<Row[]>((knex) => pageDown(this.db.dialect, this.matching(knex, filters), sort, at))
    const entries = rows.map((row) => entryOf(this.db.dialect, row))
    const key = (entry: AuditEntry) => [toMicroseconds(entry.time), entry.id]
    return pageOf('audit', entries, at.limit, key)
  }

  private async readBySeq(query: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit stream', [0] as const, () => acceptAuditQuery(query), page)
    const sort = [{ column: 'seq' }]
    const rows = await this.db.read<Row[]>((knex) => pageDown(this.db.dialect, this.matching(knex, filters), sort, at))
    const entries = rows.map((row) => entryOf(this.db.dialect, row))
    const key = (entry: AuditEntry) => [entry.seq]
    return pageOf('audit stream', entries, at.limit, key)
  }

  private matching(knex: Knex, { from, to, ...equal }: AuditQuery): Knex.QueryBuilder {
    const rows = this.entries(knex).select(ENTRY_COLUMNS)
    whereEqual(rows, equal)
    whereBetween(this.db.dialect, rows, 'time', { from, to })
    return rows
  }

  /** The links after a place: those of the next page of places, or the next there are where these are gone. */
  private async linksAfter(stream: string, seq: number, most: number): Promise<Link[]> {
    const after = (knex: Knex) => this.entries(knex).where({ stream }).where('seq', '>', seq).orderBy('seq')
    // A range with two ends is read by the key; one that is open and limited may be sorted by another index.
    const page = await this.db.read<Row[]>((knex) => after(knex).where('seq', '<=', seq + most))
    const rows = page.length > 0 ? page : await this.db.read<Row[]>((knex) => after(knex).limit(most))
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
