import { type AcceptedEntry, type AuditEntry, StoreError, sameEntry, Together } from '@freehold/contract'
import { Chains, type Heads } from './chain.js'
import { Claims } from './claims.js'
import type { Database } from './database.js'
import type { Wanted } from './documents/audit.js'

/** Most entries, and bytes in them, of the calls that go to the database together. */
const MAX_GROUP = 1000
const MAX_BYTES = 2_000_000

interface Call {
  entries: readonly AcceptedEntry[]
  bytes: number
  stored: Map<string, AuditEntry>
  error?: unknown
  /** An id of it that was given to another stream. */
  clash?: string
}

/**
 * The appends of one process and tenant. Those that come while others are under way go together next: the head of a stream
 * moves once for all of them.
 */
export class AppendQueue {
  readonly chains: Chains
  private readonly calls = new Together<Call, Call>({
    // What fails for one call is told in it; what is thrown is of all.
    work: async (calls) => {
      await this.appendAll(calls)
      return calls
    },
    ofAll: () => true,
    share: ({ entries, bytes }) => Math.max(entries.length / MAX_GROUP, bytes / MAX_BYTES),
  })

  constructor(
    private readonly db: Database,
    tenant: string,
    heads: Heads,
  ) {
    this.chains = new Chains(db, tenant, heads)
  }

  async append(entries: readonly AcceptedEntry[]): Promise<AuditEntry[]> {
    const bytes = Buffer.byteLength(JSON.stringify(entries))
    const { stored, error } = await this.calls.do({ entries, bytes, stored: new Map() })
    if (error !== undefined) throw error
    return entries.map(({ id }) => stored.get(id)!)
  }

  private async appendAll(calls: readonly Call[]): Promise<void> {
    for (let open = calls; open.length > 0; ) open = await this.appendOpen(open)
  }

  /** Resolves to calls that were refused for ids which others had, and gave back: they are to be tried again. */
  private async appendOpen(calls: readonly Call[]): Promise<Call[]> {
    const claims = new Claims(this.db, this.chains)
    const planned = await this.db.retry(() => this.plan(calls, claims))
    const refused = calls.filter(({ error }) => error !== undefined).flatMap(({ entries }) => idsOf(entries))
    const released = await claims.release(refused.filter((id) => !planned.has(id)))
    const names = new Set([...planned.values()].map(({ stream }) => stream))
    await Promise.all([...names].sort().map((stream) => this.appendTo(stream, calls, claims)))
    // The first of them had nobody before it.
    return calls.slice(1).filter(({ clash }) => clash !== undefined && released.has(clash))
  }

  /** What is to be appended, by id, once the ids are given to its streams. */
  private async plan(calls: readonly Call[], claims: Claims): Promise<Map<string, AcceptedEntry>> {
    const wanted = new Map<string, string>()
    for (const { id, stream } of calls.flatMap(({ entries }) => entries)) if (!wanted.has(id)) wanted.set(id, stream)
    const stored = await claims.take(wanted)
    const planned = new Map<string, AcceptedEntry>()
    for (const call of calls) {
      call.stored.clear()
      call.error = undefined
      call.clash = undefined
      try {
        for (const [id, entry] of planOf(call, stored, claims, planned)) planned.set(id, entry)
      } catch (error) {
        call.error = error
      }
    }
    await claims.adopt([...planned.keys()])
    return planned
  }

  private async appendTo(stream: string, calls: readonly Call[], claims: Claims): Promise<void> {
    const own = calls.filter((call) => call.error === undefined)
    const wanted = own.map((call): Wanted & { call: Call } => ({
      call,
      entries: call.entries.filter((entry) => entry.stream === stream),
      stored: call.stored,
    }))
    const parts = wanted.filter(({ entries }) => entries.length > 0)
    const waits = () => this.calls.waits(({ entries }) => entries.some((entry) => entry.stream === stream))
    const turn = { batch: claims.batch, idle: () => !waits(), hold: () => claims.hold() }
    try {
      await this.chains.append(stream, parts, claims.fresh, turn)
      // Others came first with another entry of one of their ids: of these calls nothing was appended here.
      const refused = parts.filter(({ error }) => error !== undefined)
      const appended = new Set(parts.flatMap(({ error, entries }) => (error === undefined ? idsOf(entries) : [])))
      const left = refused.flatMap(({ entries, stored }) => idsOf(entries).filter((id) => !stored.has(id)))
      await claims.release(left.filter((id) => !appended.has(id)))
    } catch (error) {
      for (const part of parts) part.error ??= error
    }
    for (const { call, error } of parts) call.error ??= error
  }
}

/** The entries of a call that are to be appended. Those that are stored it has already. @throws StoreError `conflict` */
function planOf(
  call: Call,
  stored: ReadonlyMap<string, AuditEntry>,
  claims: Claims,
  planned: ReadonlyMap<string, AcceptedEntry>,
): Map<string, AcceptedEntry> {
  const plan = new Map<string, AcceptedEntry>()
  for (const entry of call.entries) {
    const there = stored.get(entry.id)
    if (there !== undefined) {
      call.stored.set(entry.id, sameEntry(entry, there))
      continue
    }
    const before = planned.get(entry.id) ?? plan.get(entry.id)
    if (before !== undefined) sameEntry(entry, withoutMark(before) as AuditEntry)
    if (claims.streamOf(entry.id) !== entry.stream) {
      call.clash = entry.id
      throw new StoreError('conflict', 'the id was given to an entry of another stream; give each entry its own id')
    }
    plan.set(entry.id, before ?? entry)
  }
  return plan
}

function idsOf(entries: readonly AcceptedEntry[]): string[] {
  return entries.map(({ id }) => id)
}

function withoutMark({ timeGiven: _, ...entry }: AcceptedEntry): object {
  return entry
}
