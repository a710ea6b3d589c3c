import { type AcceptedEntry, type AuditEntry, StoreError, sameEntry, Together } from '@freehold/contract'
import { Chains } from './chain.js'
import type { Database, Key } from './database.js'
import type { Wanted } from './documents/audit.js'

/** Most entries, and bytes in them, of the calls that go to the database together. */
const MAX_GROUP = 1000
const MAX_BYTES = 2_000_000

interface Call {
  entries: readonly AcceptedEntry[]
  bytes: number
  stored: Map<string, AuditEntry>
  error?: unknown
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
  ) {
    this.chains = new Chains(db, tenant)
  }

  async append(entries: readonly AcceptedEntry[]): Promise<AuditEntry[]> {
    const bytes = Buffer.byteLength(JSON.stringify(entries))
    const { stored, error } = await this.calls.do({ entries, bytes, stored: new Map() })
    if (error !== undefined) throw error
    return entries.map(({ id }) => stored.get(id)!)
  }

  private async appendAll(calls: readonly Call[]): Promise<void> {
    const all = calls.flatMap(({ entries }) => entries)
    const streams = new Map<string, string>(all.map(({ id, stream }) => [id, stream]))
    const taken = await this.db.retry(() => this.claim(streams))
    const stored = new Map((await this.db.retry(() => this.chains.entries(taken))).map((entry) => [entry.id, entry]))
    const planned = new Map<string, AcceptedEntry>()
    for (const call of calls) {
      try {
        for (const [id, entry] of planOf(call, stored, streams, planned)) planned.set(id, entry)
      } catch (error) {
        call.error = error
      }
    }
    const fresh = new Set(streams.keys())
    for (const id of taken) fresh.delete(id)
    const names = new Set([...planned.values()].map(({ stream }) => stream))
    await Promise.all([...names].sort().map((stream) => this.appendTo(stream, calls, fresh)))
  }

  private async appendTo(stream: string, calls: readonly Call[], fresh: ReadonlySet<string>): Promise<void> {
    const own = calls.filter((call) => call.error === undefined)
    const wanted = own.map((call): Wanted & { call: Call } => ({
      call,
      entries: call.entries.filter((entry) => entry.stream === stream),
      stored: call.stored,
    }))
    const parts = wanted.filter(({ entries }) => entries.length > 0)
    const idle = () => !this.calls.waits(({ entries }) => entries.some((entry) => entry.stream === stream))
    await this.chains.append(stream, parts, fresh, idle).catch((error: unknown) => {
      for (const part of parts) part.error ??= error
    })
    for (const { call, error } of parts) call.error ??= error
  }

  /**
   * Gives ids to streams, so that no two streams append entries of one id at a time. Resolves to the ids that were given
   * before, and tells in `streams` to which.
   */
  private async claim(streams: Map<string, string>): Promise<string[]> {
    const ids = [...streams.keys()]
    const rows = ids.map((id) => ({ _id: this.chains.key(id), stream: streams.get(id)! }))
    const taken = (await this.db.insertNew('audit_ids', rows)).map((place) => ids[place]!)
    if (taken.length === 0) return taken
    const keys = taken.map((id) => this.chains.key(id))
    const given = await this.db.find('audit_ids', { _id: { $in: keys } })
    for (const { _id, stream } of given) streams.set((_id as Key).id!, stream as string)
    return taken
  }
}

/** The entries of a call that are to be appended. Those that are stored it has already. @throws StoreError `conflict` */
function planOf(
  { entries, stored: own }: Call,
  stored: ReadonlyMap<string, AuditEntry>,
  streams: ReadonlyMap<string, string>,
  planned: ReadonlyMap<string, AcceptedEntry>,
): Map<string, AcceptedEntry> {
  const plan = new Map<string, AcceptedEntry>()
  for (const entry of entries) {
    const there = stored.get(entry.id)
    if (there !== undefined) {
      own.set(entry.id, sameEntry(entry, there))
      continue
    }
    const before = planned.get(entry.id) ?? plan.get(entry.id)
    if (before !== undefined) sameEntry(entry, withoutMark(before) as AuditEntry)
    if (streams.get(entry.id) !== entry.stream)
      throw new StoreError('conflict', 'the id was given to an entry of another stream; give each entry its own id')
    plan.set(entry.id, before ?? entry)
  }
  return plan
}

function withoutMark({ timeGiven: _, ...entry }: AcceptedEntry): object {
  return entry
}
