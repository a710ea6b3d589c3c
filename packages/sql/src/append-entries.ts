import {
  type AcceptedEntry,
  type AuditEntry,
  type AuditHead,
  emptyHead,
  KnownHeads,
  LastUsed,
  type Link,
  linkEntry,
  Moved,
  StoreError,
  sameEntry,
  Together,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { type Appended, appendBehind, Taken } from './behind-heads.js'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { isOfDatabase } from './errors.js'
import { ENTRY_COLUMNS, entryOf, HEAD_COLUMNS, headOf, headRow, linkRow } from './rows/audit.js'

/** Most entries of calls that are done in one transaction. */
const MAX_GROUP = 1000

/** Of how many tenants a process keeps the appends. */
const MAX_WRITERS = 1000

/** Appends that wait for the heads of their streams, to be done together. */
type Appends = Together<readonly AcceptedEntry[], AuditEntry[]>

/** Appends of one process to chains of one tenant take turns. Those of tenants that appended long ago are forgotten. */
export class AppendsByTenant {
  private readonly appends: LastUsed<Appends>

  constructor(db: Database) {
    const heads = new KnownHeads<AuditHead>((one, other) => one.hash === other.hash)
    this.appends = new LastUsed(MAX_WRITERS, (tenant) => appendsTogether(db, tenant, heads))
  }

  of(tenant: string): Appends {
    return this.appends.of(tenant)
  }
}

function appendsTogether(db: Database, tenant: string, known: KnownHeads<AuditHead>): Appends {
  return new Together({
    async work(calls) {
      const stored = await appendEntries(db, tenant, calls.flat(), known)
      return calls.map((entries) => entries.map(({ id }) => stored.get(id)!))
    },
    ofAll: (error) => isOfDatabase(db.dialect, error),
    share: (entries) => entries.length / MAX_GROUP,
  })
}

/** Appends the entries whose ids are free, in one transaction, and resolves to all of them as they are stored, by id. */
function appendEntries(
  db: Database,
  tenant: string,
  entries: readonly AcceptedEntry[],
  heads: KnownHeads<AuditHead>,
): Promise<Map<string, AuditEntry>> {
  const names = streamsOf(entries)
  return appendBehind(db, heads, {
    tenant,
    names,
    nameOf: ({ stream }) => stream,
    lock: (trx) => lockHeads(db, trx, tenant, names),
    append: (trx, before, known) => appendTo(before, db, trx, tenant, entries, known),
    async known() {
      await refuseStaleHeads(db, tenant, names)
      return storedOf(db, tenant, entries)
    },
  })
}

/** Appends to these heads, which move first: whoever else appends waits for them before anything else. */
async function appendTo(
  heads: readonly AuditHead[],
  db: Database,
  trx: Knex,
  tenant: string,
  entries: readonly AcceptedEntry[],
  known: ReadonlyMap<string, AuditEntry>,
): Promise<Appended<AuditHead, AuditEntry>> {
  const moved = new Map(heads.map((head) => [head.stream, head]))
  const stored = new Map(known)
  const links: Link[] = []
  for (const entry of entries) {
    const before = stored.get(entry.id)
    if (before !== undefined) sameEntry(entry, before)
    else links.push(chain(tenant, entry, moved, stored))
  }
  await moveHeads(db, trx, tenant, heads, moved)
  const rows = links.map((link) => linkRow(db.dialect, tenant, link))
  if ((await db.insertNew(trx, 'audit', rows)) < rows.length) throw new Taken()
  return { stored, moved }
}

function streamsOf(entries: readonly AcceptedEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.stream))].sort()
}

/** Locks the heads of streams, in the order of their names; makes those that are not there. */
export async function lockHeads(
  db: Database,
  trx: Knex,
  tenant: string,
  streams: readonly string[],
): Promise<AuditHead[]> {
  const lock = async () => {
    const rows: Row[] = await headsOf(db, trx, tenant)
      .select(HEAD_COLUMNS)
      .whereIn('stream', streams)
      .orderBy('stream')
      .forUpdate()
    return rows.map((row) => headOf(db.dialect, row))
  }
  const heads = await lock()
  if (heads.length === streams.length) return heads
  const fresh = streams.map((stream) => headRow(db.dialect, tenant, emptyHead(stream)))
  await db.insertNew(trx, 'audit_heads', fresh)
  return lock()
}

/** Chains an entry to the head of its stream, which it moves. */
function chain(
  tenant: string,
  { timeGiven: _, ...entry }: AcceptedEntry,
  heads: Map<string, AuditHead>,
  stored: Map<string, AuditEntry>,
): Link {
  const link = linkEntry(tenant, entry, heads.get(entry.stream)!)
  const { stream, seq, hash } = link.entry
  heads.set(stream, { stream, seq, hash })
  stored.set(entry.id, link.entry)
  return link
}

/** Heads move with their entries, so one that is behind them was set back: its next place would always be taken. */
async function refuseStaleHeads(db: Database, tenant: string, streams: readonly string[]): Promise<void> {
  for (const stream of streams) {
    // The entry first: its head may move on meanwhile, and never back.
    const last = await db.read<Row | undefined>((knex) =>
      knex(db.table('audit')).where({ tenant, stream }).orderBy('seq', 'desc').first('seq'),
    )
    const head = await db.read<Row | undefined>((knex) => headsOf(db, knex, tenant).where({ stream }).first('seq'))
    const seqOf = (row: Row | undefined) => (row === undefined ? 0 : db.dialect.fromInteger(row.seq))
    if (seqOf(head) < seqOf(last))
      throw new StoreError('internal', 'the head of the stream is behind its entries; run verify to see what happened')
  }
}

async function moveHeads(
  db: Database,
  trx: Knex,
  tenant: string,
  before: readonly AuditHead[],
  after: ReadonlyMap<string, AuditHead>,
): Promise<void> {
  for (const { stream, seq, hash } of before) {
    const head = after.get(stream)!
    if (head.seq === seq) continue
    const mine = headsOf(db, trx, tenant).where({ stream, seq, hash })
    if ((await mine.update({ seq: head.seq, hash: head.hash })) === 0) throw new Moved()
  }
}

async function storedOf(
  db: Database,
  tenant: string,
  entries: readonly AcceptedEntry[],
): Promise<Map<string, AuditEntry>> {
  const ids = entries.map((entry) => entry.id)
  const rows = await db.read<Row[]>((knex) =>
    knex(db.table('audit')).select(ENTRY_COLUMNS).where({ tenant }).whereIn('id', ids),
  )
  return new Map(rows.map((row) => [row.id as string, entryOf(db.dialect, row)]))
}

function headsOf(db: Database, knex: Knex, tenant: string): Knex.QueryBuilder {
  return knex(db.table('audit_heads')).where({ tenant })
}
