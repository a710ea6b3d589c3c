import { setTimeout as sleep } from 'node:timers/promises'
import { type AuditEntry, type AuditHead, type Link, linkEntry, Moved, newId, sameEntry } from '@freehold/contract'
import { ChainDocuments } from './chain-documents.js'
import type { Database, Row } from './database.js'
import {
  ENTRY_FIELDS,
  entryOf,
  fenceUpdate,
  headAt,
  headOf,
  headUpdate,
  pendingOf,
  setBack,
  type Turn,
  turnUpdate,
  type Wanted,
  whereOpen,
  whereTurn,
} from './documents/audit.js'

/** Most bytes of hashed text that one step of a head holds, in a document of at most 16 MB. */
const MAX_STEP = 14_000_000
/** How many heads a process remembers: those that it moved of late. */
const MAX_HEADS = 10_000
/** How often a head is looked at whose entries another writer is giving their documents, and how long between. */
const LOOKS = 4
const PAUSE = 20
/** How often a writer loses a head before it asks others to wait. */
const MOST_LOST = 5
/** How long an append goes on losing before the last attempts, in milliseconds. */
const PATIENCE = 60_000

/** Heads that the writers of one process moved, by writer and stream, and whose entries all have their documents. */
export type Heads = Map<string, AuditHead>

/**
 * The chains of one tenant. No transaction holds an entry and the head of its stream together, so the head is written first,
 * with the entries in it (`pending`), and decides: by compare-and-set on its hash. Whoever finds entries pending in a head
 * gives them their documents before anything else, so an entry that moved a head is never lost, and no chain forks.
 */
export class Chains extends ChainDocuments {
  /** Tells this writer from those of other processes. */
  private readonly writer = newId()

  constructor(
    db: Database,
    tenant: string,
    private readonly heads: Heads,
  ) {
    super(db, tenant)
  }

  /** Appends the entries of calls to one stream. `fresh` are the ids that nobody else had used before. */
  async append(stream: string, calls: readonly Wanted[], fresh: ReadonlySet<string>, turn: Turn): Promise<void> {
    const deadline = performance.now() + PATIENCE
    let sure = fresh
    for (let lost = 0; ; lost++) {
      if (lost > MOST_LOST) await this.askForTurn(stream)
      else if (lost > 0) await sleep(Math.random() * PAUSE * 2 ** lost)
      const moved = await this.db.retry(() => {
        const ids = sure
        // After the first time nothing is: this attempt may have come through, or others have used the same ids.
        sure = new Set()
        return this.tryAppend(stream, calls, ids, turn).catch(unlessLate(deadline))
      })
      if (moved) return
    }
  }

  private async tryAppend(
    stream: string,
    calls: readonly Wanted[],
    fresh: ReadonlySet<string>,
    turn: Turn,
  ): Promise<boolean> {
    // What another writer remembers tells of what came after the ids of this one were claimed.
    const name = this.writer + stream
    const remembered = this.heads.get(name)
    // Forgotten until this is through: what fails half-way is looked at anew.
    this.heads.delete(name)
    const before = remembered ?? headOf(await this.openHead(stream), stream)
    // What others did with these ids after they were claimed moved the head: one that is read only now may tell of it.
    await this.findStored(before, calls, remembered === undefined ? new Set() : fresh, remembered === undefined)
    const head = await this.step(before, calls, turn)
    this.heads.set(name, head)
    if (this.heads.size > MAX_HEADS) this.heads.delete(this.heads.keys().next().value!)
    return true
  }

  /** Keeps batches from appending to a stream what they have not appended yet. One that was held up may go on at any time. */
  async fence(stream: string, batches: readonly string[]): Promise<void> {
    const heads = this.db.collection('audit_heads')
    await heads.updateOne({ _id: this.headKey(stream) }, fenceUpdate(batches, stream), { upsert: true })
  }

  private async askForTurn(stream: string): Promise<void> {
    const free = { _id: this.headKey(stream), ...whereTurn(this.writer) }
    await this.db.collection('audit_heads').updateOne(free, turnUpdate(this.writer))
  }

  /** The head for somebody who means to move it: whoever moved it last is given the time to finish. */
  private async openHead(stream: string): Promise<Row | null> {
    for (let look = 1; look <= LOOKS; look++) {
      const row = await this.headRow(stream)
      if (pendingOf(row).length === 0) return row
      await sleep(PAUSE * Math.random() * look)
    }
    return this.settle(stream)
  }

  /**
   * Tells calls of entries that are there. The head was read before, so nothing that comes after can be missed.
   * @throws StoreError `internal` when entries stand beyond a head that was `read` now: it was set back
   */
  private async findStored(
    head: AuditHead,
    calls: readonly Wanted[],
    fresh: ReadonlySet<string>,
    read: boolean,
  ): Promise<void> {
    const ids = calls.flatMap(({ entries, stored }) => entries.map(({ id }) => id).filter((id) => !stored.has(id)))
    const keys = ids.filter((id) => !fresh.has(id)).map((id) => this.key(id))
    const beyond = { '_id.tenant': this.tenant, stream: head.stream, seq: { $gt: head.seq } }
    const either = [...(keys.length === 0 ? [] : [{ _id: { $in: keys } }]), ...(read ? [beyond] : [])]
    if (either.length === 0) return
    const rows = await this.db.find('audit', { $or: either }, { projection: ENTRY_FIELDS, limit: keys.length + 1 })
    const there = rows.map(entryOf)
    if (read && there.some(({ stream, seq }) => stream === head.stream && seq > head.seq))
      await this.refuseSetBack(head)
    const found = new Map(there.map((entry) => [entry.id, entry]))
    if (found.size === 0) return
    for (const call of calls) {
      try {
        for (const entry of call.entries) {
          const there = found.get(entry.id)
          if (there !== undefined) call.stored.set(entry.id, sameEntry(entry, there))
        }
      } catch (error) {
        call.error = error
      }
    }
  }

  /** Entries beyond a head are those of somebody who moved it meanwhile, or it was set back. */
  private async refuseSetBack({ stream, hash }: AuditHead): Promise<never> {
    if (headOf(await this.settle(stream), stream).hash === hash) throw setBack()
    throw new Moved()
  }

  /** Links what is not there yet to the head, and moves it: as often as the size of the entries needs. */
  private async step(before: AuditHead, calls: readonly Wanted[], turn: Turn): Promise<AuditHead> {
    let head = before
    let links: Link[] = []
    let size = 0
    const linked = new Map<string, AuditEntry>()
    for (const call of calls.filter(({ error }) => error === undefined)) {
      for (const { timeGiven: _, ...entry } of call.entries) {
        if (call.stored.has(entry.id) || linked.has(entry.id)) continue
        const at = links.at(-1)?.entry
        const link = linkEntry(this.tenant, entry, at === undefined ? head : headAt(at))
        const bytes = Buffer.byteLength(link.text)
        if (links.length > 0 && size + bytes > MAX_STEP) {
          turn.hold()
          head = await this.move(head, links, turn)
          links = []
          size = 0
        }
        links.push(link)
        size += bytes
        linked.set(entry.id, link.entry)
      }
    }
    turn.hold()
    if (links.length > 0) head = await this.move(head, links, turn)
    // Somebody who waits moves the head on, and puts other entries in the place of these. They are appended: a head that
    // keeps them costs whoever finds them there another look, and no more.
    if (linked.size > 0 && turn.idle()) await this.clear(head).catch(() => undefined)
    for (const call of calls)
      for (const { id } of call.entries)
        if (linked.has(id) && call.error === undefined) call.stored.set(id, linked.get(id)!)
    return head
  }

  private async move(before: AuditHead, links: readonly Link[], { batch }: Turn): Promise<AuditHead> {
    const after = headAt(links.at(-1)!.entry)
    const _id = this.headKey(before.stream)
    const update = headUpdate(after, links)
    const heads = this.db.collection('audit_heads')
    const open = whereOpen(this.writer, batch)
    if (before.seq === 0) {
      // The head of an empty stream is there once it was vouched for by a checkpoint.
      const empty = await heads.updateOne({ _id, seq: 0, ...open }, update)
      if (empty.matchedCount === 0 && (await this.db.insertNew('audit_heads', [{ _id, ...update.$set }])).length > 0)
        throw new Moved()
    } else {
      const { seq, hash } = before
      const moved = await heads.updateOne({ _id, seq, hash, ...open }, update)
      if (moved.matchedCount === 0) throw new Moved()
    }
    await this.insert(links)
    return after
  }
}

/** A head that moved is false, for as long as there is time; then it is what it is. */
function unlessLate(deadline: number): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof Moved && performance.now() < deadline) return false
    throw error
  }
}
