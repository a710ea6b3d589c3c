import type { AuditEntry, AuditHead, Tampering, Verification, VerificationProgress } from '../audit.js'
import type { AcceptedVerification } from './accept-verification.js'
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
type Vouched = Pick<AuditHead, 'seq' | 'hash'>

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
 * Checks a chain that is read in the order of `seq`: feed it pages with {@link take}, then ask for the {@link result}.
 * The first thing wrong is what it reports.
 */
export class ChainCheck {
  private finding: Finding | undefined
  private entries = 0
  private seq: number
  private hash: string
  /** Of the entry before the last; what is before the first is not known. */
  private hashBefore: string | undefined
  private readonly stream: string
  private readonly from: AuditHead
  /** Hashes that were vouched for, by their places: those the caller kept, the one stored beside the chain. */
  private readonly vouched = new Map<number, string[]>()

  constructor(
    private readonly tenant: string,
    private readonly asked: AcceptedVerification,
    /** The head when the verification began. */
    private readonly head: AuditHead,
    remembered?: Vouched,
  ) {
    this.stream = asked.stream
    this.from = asked.from ?? emptyHead(asked.stream)
    this.seq = this.from.seq
    this.hash = this.from.hash
    for (const { seq, hash } of remembered === undefined ? asked.checkpoints : [...asked.checkpoints, remembered])
      this.vouched.set(seq, [...(this.vouched.get(seq) ?? []), hash])
  }

  /** The last `seq` that was read. */
  get last(): number {
    return this.seq
  }

  get failed(): boolean {
    return this.finding !== undefined
  }

  /**
   * Adds a page and tells how far that is. False when reading on is of no use.
   * @throws the signal's reason, or what the caller's function throws
   */
  take(links: readonly Link[]): boolean {
    this.asked.signal?.throwIfAborted()
    this.add(links)
    this.asked.onProgress?.(this.progress())
    this.asked.signal?.throwIfAborted()
    return !this.failed
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
    const { stream, entries, from } = this
    const finding = this.finding ?? this.wrongWithCheckpoints(from.seq, from.hash) ?? this.wrongWithEnd(head)
    if (finding !== undefined) return { status: 'tampered', stream, entries, from, ...finding }
    return { status: 'ok', stream, entries, from, head: { stream, seq: this.seq, hash: this.hash } }
  }

  private progress(): VerificationProgress {
    const { stream, entries, seq, head } = this
    return { stream, entries, seq, head }
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
      return { seq, found: 'modified', detail: `entry ${seq} does not match its hash` }
    if (!same)
      return { seq, found: 'modified', detail: `the columns of entry ${seq} do not match the text that was hashed` }
    if (entry.previousHash === this.hash) return undefined
    if (entry.previousHash === this.hashBefore)
      return { seq, found: 'forked', detail: `entries ${seq - 1} and ${seq} have one predecessor` }
    if (this.isAtStart)
      return this.notVouchedFor(this.seq, `entry ${seq} does not follow the head that the verification was to begin at`)
    return { seq: Math.max(this.seq, 1), found: 'modified', detail: `entry ${seq} does not follow entry ${this.seq}` }
  }

  /** Nothing was read yet behind a head that the caller named. */
  private get isAtStart(): boolean {
    return this.asked.from !== undefined && this.entries === 0
  }

  private wrongWithCheckpoints(seq: number, hash: string): Finding | undefined {
    const vouched = this.vouched.get(seq)
    if (vouched === undefined || vouched.every((one) => one === hash)) return undefined
    return this.notVouchedFor(seq, `entry ${seq} is not the one the checkpoint vouches for`)
  }

  private notVouchedFor(seq: number, detail: string): Finding {
    return { seq, found: 'checkpoint', detail }
  }

  private wrongWithEnd(head: AuditHead): Finding | undefined {
    if (!Number.isSafeInteger(head.seq)) return { seq: this.seq, found: 'modified', detail: 'the head names no place' }
    const vouched = [...this.vouched.keys()].reduce((most, seq) => Math.max(most, seq), head.seq)
    if (vouched > this.seq)
      return { seq: this.seq + 1, found: 'truncated', detail: `the chain ends at ${this.seq}, not at ${vouched}` }
    if (head.seq < this.seq)
      return {
        seq: head.seq + 1,
        found: 'truncated',
        detail: this.isAtStart
          ? `the chain ends at ${head.seq}, not at ${this.seq}`
          : `the head says ${head.seq}, the chain ends at ${this.seq}`,
      }
    if (head.hash === this.hash) return undefined
    if (this.isAtStart) return this.notVouchedFor(this.seq, 'the head is not the one the verification was to begin at')
    return { seq: this.seq, found: 'modified', detail: 'the head names another hash' }
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
