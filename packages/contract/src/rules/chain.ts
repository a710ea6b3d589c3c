import type { AuditEntry, AuditHead, Checkpoint, Tampering, Verification } from '../audit.js'
import { canonicalJson, sha256 } from './canonical.js'

/** The predecessor of a chain's first entry. */
export const GENESIS = '0'.repeat(64)

/** An entry, and the text that was hashed: both are stored. */
export interface Link {
  entry: AuditEntry
  text: string
  /** What is stored of the entry holds what no store wrote, and was left out: it cannot be as it was. */
  altered?: true
}

type Unlinked = Omit<AuditEntry, 'seq' | 'previousHash' | 'hash'>

export function emptyHead(stream: string): AuditHead {
  return { stream, seq: 0, hash: GENESIS }
}

/** Appends an entry to the chain that ends in `head`. */
export function linkEntry(tenant: string, entry: Unlinked, head: AuditHead): Link {
  const seq = head.seq + 1
  const text = auditText(tenant, { ...entry, seq })
  return { text, entry: { ...entry, seq, previousHash: head.hash, hash: linkHash(head.hash, text) } }
}

/** SHA-256, in hex, of the predecessor's hash, a line feed and the RFC 8785 text of the entry. */
function linkHash(previousHash: string, text: string): string {
  return sha256(`${previousHash}\n${text}`)
}

function auditText(tenant: string, entry: Omit<AuditEntry, 'previousHash' | 'hash'>): string {
  return canonicalJson({ ...entry, tenant } as never)
}

/** What is known of a head that somebody vouched for. */
type Vouched = Pick<Checkpoint, 'seq' | 'hash'>

/** False also of what has no such text: a number that is none, nesting that exhausts the stack. No store wrote that. */
function isTextOf(tenant: string, entry: Omit<AuditEntry, 'previousHash' | 'hash'>, text: string): boolean {
  try {
    return auditText(tenant, entry) === text
  } catch {
    return false
  }
}

interface Finding {
  seq: number
  found: Tampering
  detail: string
}

/**
 * Checks a chain that is read in the order of `seq`: feed it pages with {@link add}, then ask for the {@link result}.
 * The first thing wrong is what it reports.
 */
export class ChainCheck {
  private finding: Finding | undefined
  private entries = 0
  private seq = 0
  private hash = GENESIS
  /** Of the entry before the last; no entry is before the first. */
  private hashBefore: string | undefined

  constructor(
    private readonly tenant: string,
    private readonly stream: string,
    /** Heads that were vouched for: the one stored beside the chain, the one the caller kept. */
    private readonly checkpoints: readonly Vouched[],
  ) {}

  /** The last `seq` that was read. */
  get last(): number {
    return this.seq
  }

  get failed(): boolean {
    return this.finding !== undefined
  }

  add(links: readonly Link[]): void {
    for (const link of links) {
      if (this.failed) return
      this.finding = this.wrongWith(link)
      this.entries += 1
      this.seq = link.entry.seq
      this.hashBefore = this.hash
      this.hash = link.entry.hash
      this.finding ??= this.wrongWithCheckpoints(this.seq, this.hash)
    }
  }

  result(head: AuditHead): Verification {
    const finding = this.finding ?? this.wrongWithCheckpoints(0, GENESIS) ?? this.wrongWithEnd(head)
    const { stream, entries } = this
    if (finding !== undefined) return { status: 'tampered', stream, entries, ...finding }
    return { status: 'ok', stream, entries, head: { stream, seq: this.seq, hash: this.hash } }
  }

  private wrongWith({ entry, text, altered }: Link): Finding | undefined {
    const { seq } = entry
    if (!(Number.isSafeInteger(seq) && seq > 0))
      return { seq: 0, found: 'reordered', detail: 'an entry stands at no place of the chain, where its views show it' }
    const next = this.seq + 1
    if (seq > next) return { seq: next, found: 'missing', detail: `entry ${next} is not there` }
    if (seq < next) return { seq, found: 'forked', detail: `entry ${seq} is there twice` }
    const { previousHash: _, hash: __, ...body } = entry
    const same = !altered && isTextOf(this.tenant, body, text)
    const told = same ? seq : seqIn(text)
    if (told !== undefined && told !== seq)
      return { seq, found: 'reordered', detail: `entry ${told} stands at place ${seq}` }
    if (linkHash(entry.previousHash, text) !== entry.hash)
      return { seq, found: 'changed', detail: `entry ${seq} does not match its hash` }
    if (!same)
      return { seq, found: 'changed', detail: `the columns of entry ${seq} do not match the text that was hashed` }
    if (entry.previousHash === this.hash) return undefined
    if (entry.previousHash === this.hashBefore)
      return { seq, found: 'forked', detail: `entries ${seq - 1} and ${seq} have one predecessor` }
    const changed = Math.max(this.seq, 1)
    return { seq: changed, found: 'changed', detail: `entry ${seq} does not follow entry ${this.seq}` }
  }

  private wrongWithCheckpoints(seq: number, hash: string): Finding | undefined {
    const broken = this.checkpoints.find((checkpoint) => checkpoint.seq === seq && checkpoint.hash !== hash)
    if (broken === undefined) return undefined
    return {
      seq: broken.seq,
      found: 'changed',
      detail: `entry ${broken.seq} is not the one the checkpoint vouches for`,
    }
  }

  private wrongWithEnd(head: AuditHead): Finding | undefined {
    if (!Number.isSafeInteger(head.seq)) return { seq: this.seq, found: 'changed', detail: 'the head names no place' }
    const vouched = Math.max(head.seq, ...this.checkpoints.map((checkpoint) => checkpoint.seq))
    if (vouched > this.seq)
      return { seq: this.seq + 1, found: 'truncated', detail: `the chain ends at ${this.seq}, not at ${vouched}` }
    if (head.seq < this.seq)
      return {
        seq: head.seq + 1,
        found: 'truncated',
        detail: `the head says ${head.seq}, the chain ends at ${this.seq}`,
      }
    if (head.hash !== this.hash) return { seq: this.seq, found: 'changed', detail: 'the head names another hash' }
    return undefined
  }
}

function seqIn(text: string): number | undefined {
  try {
    const { seq } = JSON.parse(text) as { seq?: unknown }
    return typeof seq === 'number' ? seq : undefined
  } catch {
    return undefined
  }
}
