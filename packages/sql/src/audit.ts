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
  type Page,
  type PageAt,
  type PageRequest,
  pageOf,
  recordOfLink,
  type Shape,
  toMicroseconds,
  type Verification,
  type VerifyOptions,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { type AppendsByTenant, lockHeads } from './append-entries.js'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { type SortColumn, whereBetween } from './listing.js'
import { checkpointPatch, ENTRY_COLUMNS, entryOf, HEAD_COLUMNS, headOf, linkOf, vouchedOf } from './rows/audit.js'
import { conditionsOf, search } from './search.js'
import { defineView } from './shape-view.js'

/** Most places of a chain that are looked at at once. */
const MAX_LINKS = 1000

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

  async records(stream?: string, after?: number): Promise<AuditRecord[]> {
    const accepted = acceptRecords(stream, after)
    const links = await firstPage(accepted.after, this.readsOf(accepted.stream))
    return links.map(recordOfLink)
  }

  async verify(stream?: string, options?: VerifyOptions): Promise<Verification> {
    const asked = acceptVerification(stream, options)
    asked.signal?.throwIfAborted()
    const { stream: name } = asked
    const row = await this.storedHead(name)
    const { dialect } = this.db
    const [began, remembered] = row === undefined ? [emptyHead(name)] : [headOf(dialect, row), vouchedOf(dialect, row)]
    const check = new ChainCheck(this.tenant, asked, began, remembered)
    check.add(await this.strayLinks(name))
    // Entries are appended while the chain is read: it ends where nothing follows the entry that the head names.
    for (;;) {
      await this.checkLinks(name, check)
      if (check.failed) return check.result(emptyHead(name))
      const head = await this.head(name)
      if (head.seq <= check.last || (await this.sizesAfter(name, check.last)).length === 0) return check.result(head)
    }
  }

  /** Checks what follows the last entry that was checked; a page is read while the one before it is checked. */
  private async checkLinks(stream: string, check: ChainCheck): Promise<void> {
    const pages = chainPages(check.last, this.readsOf(stream))
    for (let coming = pages.next(); ; ) {
      const { value: links, done } = await coming
      if (done) return
      coming = pages.next()
      let goesOn = false
      try {
        goesOn = check.take(links)
      } finally {
        // What was found counts, whatever becomes of the page that is on its way.
        if (!goesOn) await coming.catch(() => undefined)
      }
      if (!goesOn) return
    }
  }

  private readsOf(stream: string): ChainReads {
    return {
      sizesAfter: (last) => this.sizesAfter(stream, last),
      links: async (after, to) => {
        const rows = await this.db.read<Row[]>((knex) => this.linksBehind(knex, stream, after).where('seq', '<=', to))
        return rows.map((row) => linkOf(this.db.dialect, row))
      },
    }
  }

  /** One that stands before the first place, where no reading of the chain comes by. */
  private async strayLinks(stream: string): Promise<Link[]> {
    const rows = await this.db.read<Row[]>((knex) => this.entries(knex).where({ stream }).where('seq', '<', 1).limit(1))
    return rows.map((row) => linkOf(this.db.dialect, row))
  }

  /** How many bytes were hashed of each link after a place: of those of the next places, or of the next there are where these are gone. */
  private async sizesAfter(stream: string, seq: number): Promise<{ seq: number; size: number }[]> {
    const sizes = (knex: Knex) =>
      this.linksBehind(knex, stream, seq).select('seq', knex.raw('octet_length(hashed_text) as size'))
    // A range with two ends is read by the key; one that is open and limited may be sorted by another index.
    const next = await this.db.read<Row[]>((knex) => sizes(knex).where('seq', '<=', seq + MAX_LINKS))
    const rows = next.length > 0 ? next : await this.db.read<Row[]>((knex) => sizes(knex).limit(MAX_LINKS))
    const { fromInteger } = this.db.dialect
    return rows.map((row) => ({ seq: fromInteger(row.seq), size: fromInteger(row.size) }))
  }

  private linksBehind(knex: Knex, stream: string, seq: number): Knex.QueryBuilder {
    return this.entries(knex).where({ stream }).where('seq', '>', seq).orderBy('seq')
  }

  private async readByTime(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit', [0, ''] as const, () => acceptAuditQuery(query), page)
    const sort = [{ column: 'time', time: true as const }, { column: 'id' }]
    const entries = await this.entriesThat(filters, sort, at)
    const key = (entry: AuditEntry) => [toMicroseconds(entry.time), entry.id]
    return pageOf('audit', entries, at.limit, key)
  }

  private async readBySeq(query: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>> {
    const [filters, at] = acceptList('audit stream', [0] as const, () => acceptAuditQuery(query), page)
    const entries = await this.entriesThat(filters, [{ column: 'seq' }], at)
    const key = (entry: AuditEntry) => [entry.seq]
    return pageOf('audit stream', entries, at.limit, key)
  }

  private async entriesThat({ from, to, ...equal }: AuditQuery, sort: SortColumn[], at: PageAt): Promise<AuditEntry[]> {
    const list = {
      table: 'audit',
      tenant: this.tenant,
      columns: ENTRY_COLUMNS,
      sort,
      at,
      among: (rows: Knex.QueryBuilder) => whereBetween(this.db.dialect, rows, 't.time', { from, to }),
    }
    const rows = await search(this.db, { ...list, conditions: conditionsOf(this.db, list, equal) })
    return rows.map((row) => entryOf(this.db.dialect, row))
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
